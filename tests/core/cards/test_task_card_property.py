"""The card of a task, whatever its texts: never over a limit of Slack's, nothing cut unseen, no markup of theirs."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from core.cards.limits.lint import lint_message, lint_view
from core.cards.mrkdwn import unescape
from core.cards.reason_form import COULD_NOT
from core.cards.task_card import task_card, task_text
from core.ids import new_id
from core.taxonomy import CampaignStatus, TaskKind, TaskStatus
from core.views.task import TaskView

ODD = (
    "",
    "```",
    "a ``` b",
    "`",
    "<!channel>",
    "<@U01ALICE> & <https://evil.example|click>",
    "&amp;",
    "שלום",
    "👍🏽",
    "\n\n",
)
texts = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=400),
    st.builds(
        lambda piece, times: (piece * times)[:8_000],
        st.sampled_from(("&", "x", "👍", "a b\n", "```")),
        st.integers(1, 8_000),
    ),
)
lines = st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200))
cards = st.builds(
    TaskView,
    task_id=st.builds(new_id),
    workspace_id=st.builds(new_id),
    revision=st.just(1),
    kind=st.sampled_from(list(TaskKind)),
    status=st.sampled_from(list(TaskStatus)),
    text=texts,
    link=st.just("https://www.linkedin.com/in/robin"),
    to_name=lines.map(lambda line: line or "Robin"),
    title=st.none() | lines,
    company=st.none() | lines,
    campaign=lines,
    campaign_status=st.sampled_from(list(CampaignStatus)),
    seat=lines,
    offers=st.integers(0, 9),
    offered_to=st.sampled_from(["U01ALICE", "U02BOB"]),
    done_by=st.sampled_from([None, "U01ALICE"]),
    done_at=st.sampled_from([None, datetime(2026, 11, 20, 14, 5, tzinfo=UTC)]),
    reason=st.none() | lines,
    timezone=st.just("Europe/London"),
)


@settings(deadline=None)
@given(cards)
def test_no_card_breaks_a_limit(task: TaskView) -> None:
    card = task_card(task, "U01ALICE")
    assert lint_message(card) == []
    assert lint_message(card | {"ts": "1.1"}) == []
    assert lint_view(task_text(task)) == []


@settings(deadline=None)
@given(cards)
def test_the_whole_text_is_there_or_one_click_away(task: TaskView) -> None:
    blocks = task_card(task, "U01ALICE")["blocks"]
    shown = [unescape(block["text"]["text"]) for block in blocks if block.get("block_id") == "text"]
    read_all = any(block.get("block_id") == "read_all" for block in blocks)
    assert read_all or task.text in "".join(shown)
    window = "".join(
        unescape(block["text"]["text"]) for block in task_text(task)["blocks"] if block["type"] == "section"
    )
    assert task.text.split() == window.split()


@settings(deadline=None)
@given(cards)
def test_nothing_of_theirs_is_markup(task: TaskView) -> None:
    card = str(task_card(task, "U01ALICE"))
    for markup in ("<!channel>", "<https://evil", "<@U01ALICE> &"):
        assert markup not in card


@settings(deadline=None)
@given(cards)
def test_only_whoever_has_it_can_answer(task: TaskView) -> None:
    answers = {
        element.get("action_id")
        for block in task_card(task, "U01ALICE")["blocks"]
        for element in block.get("elements", [])
    } & {"task_done", "task_could_not"}
    asked = [
        element["action_id"]
        for block in task_card(task, "U01ALICE")["blocks"]
        for element in block.get("elements", [])
        if "cannot be undone" in str(element.get("confirm"))
    ]
    assert asked == ["task_done"] * bool(answers), "what has no way back asks first"
    assert bool(answers) == (task.status == TaskStatus.OFFERED and task.offered_to == "U01ALICE")


@settings(deadline=None)
@given(cards)
def test_a_pause_is_said_and_done_is_still_there(task: TaskView) -> None:
    paused = replace(task, status=TaskStatus.OFFERED, offered_to="U01ALICE", campaign_status=CampaignStatus.PAUSED)
    card = str(task_card(paused, "U01ALICE"))
    assert "please do not do this now" in card
    assert "'task_done'" in card


@given(cards)
def test_each_button_tells_a_screen_reader_whose_task_it_is(task: TaskView) -> None:
    for block in task_card(task, task.offered_to)["blocks"]:
        for element in [*block.get("elements", []), block.get("accessory", {})]:
            if element.get("type") == "button" and "url" not in element:
                assert element["accessibility_label"].startswith(element["text"]["text"])


def test_the_form_keeps_the_limits() -> None:
    assert lint_view(COULD_NOT.view(f"{new_id()}:1")) == []
