"""As tests/core/test_guards.py, for what Slack's door, the jobs and the clock keep: without its guard, each breaks."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

import bot.acts
import bot.slack.clicks
import bot.slack.signature
import core.access
import core.delivery.ask_first
import core.drafts.review
import core.drafts.versions
import core.surfaces.reconcile
import core.teams.members
import jobs.clock
import jobs.deliver
import jobs.draw
import jobs.refresh_home
from bot.slack import dispatch, endpoint
from tests.bot.slack import test_away as away
from tests.bot.slack import test_signature as door
from tests.bot.slack.handlers import test_deciding as deciding
from tests.bot.slack.handlers import test_editing as editing
from tests.bot.slack.handlers import test_home as home
from tests.core.test_guards import GATE_OF_START, Cut, Dropped, trigger
from tests.fixtures import domain_with_slack as fixtures
from tests.fixtures.domain_with_slack import DomainWithSlack
from tests.fixtures.waiting import wait_until
from tests.jobs import test_clock as clock
from tests.jobs import test_deliver as deliver
from tests.jobs import test_sync_cards as cards
from tests.jobs import test_sync_cards_slack as in_slack

pytestmark = pytest.mark.proofs


@dataclass(frozen=True)
class Set:
    """A guard that is a number: what it is set to."""

    module: ModuleType
    name: str
    value: Any

    def take_away(self, _domain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(self.module, self.name, self.value)


@dataclass(frozen=True)
class Unwatched:
    """A guard that is a watch of the clock, by its name: the table without its line."""

    name: str

    def take_away(self, _domain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        others = tuple(watch for watch in jobs.clock.WATCHES if watch.name != self.name)
        assert len(others) == len(jobs.clock.WATCHES) - 1
        monkeypatch.setattr(jobs.clock, "WATCHES", others)


Guard = Dropped | Cut | Set | Unwatched
VERSION = Cut(core.drafts.review, '        Draft.review_round == sa.bindparam("seen"),\n')

GUARDS: list[tuple[Guard, Callable[..., None], tuple[Any, ...]]] = [
    (VERSION, deciding.test_p3_a_stale_click_sends_nothing_and_shows_the_new_text, ()),
    (
        Cut(core.drafts.versions, "Verb.EDIT)),\n            Draft.review_round == seen,\n", "Verb.EDIT)),\n"),
        editing.test_p3_a_stale_save_shows_both_texts_and_overwrites_nothing,
        (),
    ),
    (
        Unwatched("cards"),
        clock.test_p5_without_redis_the_clock_draws_and_delivers,
        (),
    ),
    (
        Unwatched("mail"),
        clock.test_p5_without_redis_the_clock_draws_and_delivers,
        (),
    ),
    (Unwatched("expired leases"), clock.test_p2_the_clock_ends_leases_that_ran_out, ()),
    (
        Cut(bot.slack.clicks, "lambda: handle(click),", "lambda: click.after_ack(lambda: handle(click)),"),
        away.test_p6_a_click_that_cannot_be_recorded_is_no_200_and_is_told,
        (),
    ),
    (
        Cut(bot.slack.clicks, "503 if isinstance(outcome, Away) else 200", "200"),
        away.test_p6_a_click_that_cannot_be_recorded_is_no_200_and_is_told,
        (),
    ),
    (
        Cut(bot.slack.clicks, "503 if isinstance(outcome, Away) else 200", "200"),
        away.test_p6_a_commit_that_fails_is_not_acked,
        (),
    ),
    (
        Set(endpoint, "DEADLINE_SECONDS", 30.0),
        away.test_p6_a_click_that_takes_too_long_is_cut_off_in_time,
        (),
    ),
    (
        Cut(bot.acts, "    except DatabaseAway as away:", "    except ZeroDivisionError as away:"),
        away.test_p6_a_modal_stays_open_with_all_that_was_typed,
        ("edit_draft", "body"),
    ),
    (GATE_OF_START, deliver.test_p7_a_pause_while_the_server_is_slow_keeps_the_mail, ()),
    (trigger("send_queue", "show_delivery"), cards.test_p9_after_each_change_every_card_tells_the_truth, ()),
    (
        Cut(bot.slack.clicks, "            click.after_ack(lambda: _redraw(click, row_kind))\n", "            pass\n"),
        deciding.test_p9_a_card_that_lied_is_drawn_again_when_it_is_clicked,
        (),
    ),
    (
        Cut(bot.slack.clicks, "                click.after_ack(lambda: _adopt(click))\n", "                pass\n"),
        deciding.test_p9_a_click_on_a_card_that_we_have_no_row_for_adopts_it,
        (),
    ),
    (
        Cut(
            core.surfaces.reconcile,
            "kind.lock.is_(None) | (kind.lock < sa.func.clock_timestamp())",
            "sa.true()",
        ),
        cards.test_two_jobs_at_once_never_post_twice,
        (),
    ),
    (
        Cut(jobs.draw, "    if drawing.in_doubt and (", "    if False and ("),
        in_slack.test_a_post_whose_answer_was_lost_is_found_and_not_posted_twice,
        (),
    ),
    (
        Cut(core.teams.members, ".values(revision=Draft.revision + 1)", ".values(revision=Draft.revision)"),
        in_slack.test_p2_what_waited_for_a_member_who_left_is_handed_on_too,
        (),
    ),
    (
        Cut(core.access, "            by.require(needs)\n"),
        deciding.test_a_viewer_is_refused_told_and_noted,
        (),
    ),
    (Cut(bot.slack.signature, "not secret or "), door.test_p12_without_a_secret_nobody_gets_in, ("",)),
    (
        Cut(core.delivery.ask_first, "    if said:\n", "    if False:\n"),
        deciding.test_a_second_click_after_an_undo_asks,
        (),
    ),
    (
        Cut(core.delivery.ask_first, "    if said:\n", "    if False:\n"),
        deciding.test_a_card_of_the_afternoon_asks_at_night,
        (),
    ),
    (
        Cut(jobs.refresh_home, "            record_listed(", "            print("),
        home.test_a_second_click_in_the_same_spot_hits_no_other_draft,
        (),
    ),
    (
        Cut(
            jobs.deliver,
            "        return Outcome(AttemptOutcome.NOT_SENT, Phase.CONNECT, Reason.NO_SERVER)\n",
            '        server = mail_server("smtp://127.0.0.1:9", claimed.account_id)\n',
        ),
        deliver.test_p12_without_a_mail_server_nothing_is_sent_and_a_person_sees_why,
        ("env:SMTP_OF_SAM",),
    ),
]


tidied = away.tidied


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What will not come is not waited for as long as what is only slow."""

    def quick(condition: Any, **more: Any) -> Any:
        return wait_until(condition, **{"seconds": 1.5, **more})

    for module in (fixtures, away, deciding, editing, home, clock, deliver, cards):
        if hasattr(module, "wait_until"):
            monkeypatch.setattr(module, "wait_until", quick)


@pytest.fixture
def rebuilt() -> Iterator[None]:
    """Bolt's listeners are made when the app is: made anew from the cut source, and once more afterwards."""
    dispatch.bolt.cache_clear()
    yield
    dispatch.bolt.cache_clear()


@pytest.mark.filterwarnings(away.FORGOTTEN)
@pytest.mark.usefixtures("impatient", "rebuilt", "tidied")
@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard[1].__name__.removeprefix("test_"))
def test_without_its_guard_the_promise_breaks(
    guard: tuple[Guard, Callable[..., None], tuple[Any, ...]],
    domain_with_slack: DomainWithSlack,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    kept_by, promise, more = guard
    if "no_redis" in str(getattr(promise, "pytestmark", "")):
        clock.without_redis(monkeypatch)
    kept_by.take_away(domain_with_slack, monkeypatch)
    given: dict[str, Any] = {}
    rest = list(more)
    for name in inspect.signature(promise).parameters:
        if name in ("domain_with_slack", "monkeypatch", "mailbox"):
            given[name] = {"domain_with_slack": domain_with_slack, "monkeypatch": monkeypatch}.get(
                name
            ) or request.getfixturevalue(name)
        elif name == "own":
            given[name] = jobs.clock.Own()
        else:
            given[name] = rest.pop(0)
    try:
        promise(**given)
    except (Exception, pytest.fail.Exception):  # noqa: BLE001  an assertion, or a refusal of the next guard behind it
        return
    finally:
        if "own" in given:
            given["own"].stop()
    pytest.fail(f"{promise.__name__} passes without its guard")
