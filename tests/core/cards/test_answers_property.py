"""Whatever stands there, and however it is written: no answer, question, digest or alert breaks a limit of Slack's."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.accounts.near_limits import NearLimit
from core.alerts import ToTell
from core.campaigns.finding import CampaignOption
from core.cards.alert_card import LOOKS, alert_card, marked
from core.cards.answers import DraftLine, Message, answer, plain_answer, queue_answer, status_answer
from core.cards.digest_card import cut_lines, digest_card
from core.cards.limits.lint import lint_message
from core.cards.questions import are_you_sure, carried, which_campaign
from core.ids import new_id
from core.installation.kill_switch import Stopped
from core.taxonomy import AlertKind, StoppedBy
from core.views.digest import Digest
from core.views.status import PausedCampaign, SickAccount, Status, UnknownMail
from tests.core.cards.test_cards_property import TEXT, long_text
from tests.fixtures.cases import cases

URL = "https://signoff.example.com"
WHEN = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
DAY = date(2026, 11, 19)
ASKER = "U0123456789ABCDEF0123456789ABCD"

#: Names as the database may hold them: of any script and, of campaigns and members, of any length up to a line's.
NAMES = long_text(500).map(lambda text: text if text.strip() else "x")
COUNTS = st.sampled_from([0, 1, 2, 999, 10**6]) | st.integers(0, 10**9)
LISTS = st.sampled_from([0, 1, 3, 12, 60])

#: What only we may write: dates, links to our own pages, people.
OURS = re.compile(r"<!date\^\d+\^[^<>|]*\|[^<>|]*>|<https://signoff\.example\.com/drafts/[0-9a-f-]{36}\|[^<>|]*>")


def many(texts: st.SearchStrategy[Any], sizes: st.SearchStrategy[int] = LISTS) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few values, repeated to the sizes that matter: making hundreds apart would only take time."""
    return st.builds(lambda some, size: tuple((some * size)[:size]), st.lists(texts, min_size=1, max_size=3), sizes)


def kept(message: Message) -> None:
    """It passes the linter, its text says something, and no markup is anybody's but ours."""
    assert lint_message(message) == []
    assert message["text"].strip()
    shown = [message["text"], *_mrkdwn(message.get("blocks", []))]
    assert not re.search(r"[<>]", " ".join(OURS.sub("", text) for text in shown))
    json.dumps(message)


def _mrkdwn(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") == "mrkdwn" else []
        return own + [text for item in value.values() for text in _mrkdwn(item)]
    return [text for item in value for text in _mrkdwn(item)] if isinstance(value, list) else []


NEAR = st.builds(NearLimit, NAMES, COUNTS, COUNTS)
STATUS = st.builds(
    Status,
    now=st.just(WHEN),
    timezone=st.just("Europe/London"),
    stopped=st.none() | st.builds(Stopped, NAMES, st.none() | st.just(WHEN), st.just(StoppedBy.PERSON)),
    to_review=COUNTS,
    due=COUNTS,
    later=COUNTS,
    sending=COUNTS,
    unknown=COUNTS,
    unknown_mails=many(st.builds(UnknownMail, st.builds(new_id), NAMES), st.sampled_from([0, 1, 5])),
    paused=many(st.builds(PausedCampaign, NAMES, COUNTS)),
    near=many(NEAR),
    sick=many(st.builds(SickAccount, NAMES, NAMES)),
    slack_trouble=many(st.tuples(NAMES, st.just(WHEN))),
)
DIGEST = st.builds(
    Digest,
    workspace=NAMES,
    day=st.just(DAY),
    timezone=st.just("Europe/London"),
    now=st.sampled_from([WHEN, datetime(2026, 11, 19, 12, tzinfo=UTC)]),
    sent=COUNTS,
    replies=COUNTS,
    bounces=COUNTS,
    complaints=COUNTS,
    unsubscribes=COUNTS,
    approved=COUNTS,
    rejected=COUNTS,
    undone=COUNTS,
    expired=COUNTS,
    lost=COUNTS,
    settled=COUNTS,
    approvals=many(st.tuples(NAMES, COUNTS)),
    median_seconds=st.none() | st.floats(0, 10**8),
    to_review=COUNTS,
    oldest=st.none() | st.just(WHEN),
    to_change=COUNTS,
    queued=COUNTS,
    unknown=COUNTS,
    near=many(NEAR),
    week=st.tuples(*[COUNTS] * 7),
)
LINES = many(st.builds(DraftLine, st.builds(new_id), NAMES, NAMES, NAMES), st.sampled_from([0, 1, 10]))
CHOICES = many(
    st.builds(CampaignOption, st.builds(new_id), NAMES, NAMES, st.just("active")), st.sampled_from([1, 5, 6, 100, 300])
)
ALERT = st.builds(
    ToTell,
    alert_id=st.builds(new_id),
    workspace_id=st.builds(new_id),
    kind=st.sampled_from(list(AlertKind)),
    about=st.none(),
    draft_id=st.none() | st.builds(new_id),
    account_id=st.none(),
    account=st.none() | NAMES,
    sentence=NAMES | long_text(5_000).filter(str.strip),
    at=st.just(WHEN),
    timezone=st.just("Europe/London"),
    member_id=st.none(),
    slack_user_id=st.none(),
    dm_channel=st.none(),
    channel=st.none(),
    in_doubt=st.booleans(),
)


@cases(80)
@given(STATUS)
def test_a_status(status: Status) -> None:
    kept(status_answer(status, URL))


@cases(80)
@given(LINES, COUNTS, LINES, COUNTS)
def test_a_queue(
    mine: tuple[DraftLine, ...], mine_more: int, approved: tuple[DraftLine, ...], approved_more: int
) -> None:
    kept(queue_answer(mine, len(mine) + mine_more, approved, len(approved) + approved_more, URL))


@cases(80)
@given(DIGEST)
def test_a_digest(digest: Digest) -> None:
    message = digest_card(digest)
    kept(message)
    assert len(message["text"]) <= 3_900, "what a screen reader says is one message"


@cases(80)
@given(ALERT)
def test_an_alert(alert: ToTell) -> None:
    kept(alert_card(alert, URL))
    assert marked(alert)["metadata"]["event_payload"]["alert_id"] == str(alert.alert_id)


def test_every_kind_of_alert_has_its_look() -> None:
    assert set(LOOKS) == set(AlertKind)


@cases(60)
@given(TEXT, CHOICES, st.sampled_from(["pause", "resume"]))
def test_a_choice(sentence: str, choices: tuple[CampaignOption, ...], verb: str) -> None:
    distinct = tuple(replace(choice, id=new_id()) for choice in choices)
    kept(which_campaign(sentence if sentence.strip() else "Which?", distinct, verb, ASKER))


@cases(60)
@given(long_text(500))
def test_a_question_that_carries_a_reason(reason: str) -> None:
    kept(are_you_sure("Sure?", "skip_queued", "Take it out", carried("skip", str(new_id()), ASKER, reason)))


@cases(60)
@given(long_text(20_000))
def test_a_sentence_of_anybody_s(text: str) -> None:
    kept(plain_answer(text if text.strip() else "x"))


@cases(100)
@given(st.lists(st.text(min_size=1, max_size=2_000), min_size=1, max_size=12), st.integers(100, 4_000))
def test_lines_are_left_out_whole_and_it_is_said(lines: list[str], limit: int) -> None:
    told = cut_lines(lines, limit)
    assert len(told) <= limit
    if len("\n".join(lines)) <= limit:
        assert told == "\n".join(lines)
    else:
        assert told.endswith("…")
        assert "\n".join(lines).startswith(told.removesuffix("…").rstrip("\n"))


def test_an_answer_of_nothing_but_empty_lines_has_no_empty_message() -> None:
    assert answer("", "Something.", "") == {"text": "Something."}
