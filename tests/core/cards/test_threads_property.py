"""The thread under a card, of any history: within every limit of Slack's, and no markup that a person wrote."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.cards.limits.lint import blocks_length, lint_message
from core.cards.thread import BUDGET, MOST_BLOCKS, diff_text, fingerprint, thread
from core.ids import new_id
from core.taxonomy import RefusalCode, Surface, Verb
from core.views.draft import DraftView
from core.views.history import TOLD, AttemptView, History, HistoryEvent, Version, thread_events
from tests.core.cards.test_cards_property import (
    BODIES,
    NAMES,
    PAGE,
    SUBJECTS,
    USERS,
    WHEN,
    draft_views,
    foreign_markup,
    texts,
)
from tests.fixtures.cases import cases

DATA = st.fixed_dictionaries(
    {},
    optional={
        "version": st.integers(1, 12),
        "wanted": st.sampled_from(Verb),
        "until": st.sampled_from(["2026-11-23T09:00:00+00:00", "soon", ""]),
        "have": st.integers(0, 5),
        "needed": st.integers(1, 5),
        "timing": st.sampled_from(["earliest", "next_slot"]),
        "phase": st.sampled_from(["rcpt", "dot", "never heard of"]),
        "smtp_code": st.integers(200, 599),
    },
)
ATTEMPTS = [new_id() for _ in range(4)]
EVENTS = st.builds(
    HistoryEvent,
    at=st.integers(0, 10_000).map(lambda minutes: WHEN + timedelta(minutes=minutes)),
    verb=st.sampled_from(Verb),
    surface=st.sampled_from(Surface),
    member=st.none(),
    api_key=st.none() | NAMES,
    code=st.none() | st.sampled_from(RefusalCode),
    data=DATA,
    slack_user_id=st.none() | USERS,
    attempt=st.none() | st.sampled_from(ATTEMPTS),
    whom=st.none() | NAMES,
)
TRIES = st.builds(
    lambda id_, code, reply: AttemptView(WHEN, WHEN, WHEN, "not_sent", "rcpt", code, "timeout", reply, "<x@y>", id=id_),
    st.sampled_from(ATTEMPTS),
    st.none() | st.integers(200, 599),
    st.none() | BODIES,
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    bodies = draw(st.lists(st.tuples(SUBJECTS, BODIES), min_size=1, max_size=5))
    versions = [Version(n, subject, body, None, "slack", WHEN) for n, (subject, body) in enumerate(bodies, 1)]
    events = draw(st.lists(EVENTS, max_size=12)) * draw(st.sampled_from([1, 1, 1, 10]))
    return History(tuple(events), tuple(reversed(versions)), tuple(draw(st.lists(TRIES, max_size=4))))


@cases(100)
@given(draft_views(), histories())
def test_no_thread_breaks_a_limit_or_lets_markup_through(draft: DraftView, history: History) -> None:
    payload = thread(draft, history, PAGE)
    if payload is None:
        assert thread_events(history.events) == ()
        assert fingerprint(payload) is None
        return
    assert lint_message(payload) == []
    assert lint_message(payload | {"ts": "1.2"}) == [], "chat.update is stricter"
    assert len(payload["blocks"]) <= MOST_BLOCKS + 1
    assert blocks_length(payload["blocks"]) <= BUDGET + 300
    for text in [*texts(payload["blocks"], "mrkdwn"), payload["text"]]:
        assert foreign_markup(text) == []


@cases(60)
@given(draft_views(), histories())
def test_a_thread_tells_the_latest_and_says_how_much_it_leaves_out(draft: DraftView, history: History) -> None:
    payload = thread(draft, history, PAGE)
    if payload is None:
        return
    told = thread_events(history.events)
    entries = sum(str(text).startswith("*") for text in texts(payload["blocks"][1:], "mrkdwn"))
    left_out = len(told) - entries
    assert (f"{left_out} earlier" in str(payload["blocks"][0])) == (left_out > 0)
    assert entries >= 1


@cases(100)
@given(st.lists(EVENTS, max_size=30))
def test_what_is_told_is_something_that_happened_each_refusal_once(events: list[HistoryEvent]) -> None:
    told = thread_events(tuple(events))
    assert all(event in events and event.verb in TOLD for event in told)
    refusals = [(e.slack_user_id, e.api_key, e.data.get("wanted"), e.code) for e in told if e.verb == Verb.REFUSE]
    assert len(refusals) == len(set(refusals))


@cases(100)
@given(BODIES, BODIES)
def test_a_difference_is_empty_only_between_equals(before: str, after: str) -> None:
    assert (diff_text(before, after) == "") == (before == after)


def test_a_long_line_is_shown_around_its_change() -> None:
    same = "the quick brown fox jumps over the lazy dog again and again "
    shown = diff_text(f"{same}today {same}", f"{same}tomorrow {same}")
    assert shown == (
        "− … over the lazy dog again and again today the quick brown fox jumps over the lazy …\n"
        "+ … over the lazy dog again and again tomorrow the quick brown fox jumps over the lazy …"
    )
