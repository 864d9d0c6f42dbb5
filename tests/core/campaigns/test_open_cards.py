"""Cards of what is open say when the next slot is: they follow a pause, a stop of all sending, and the end of each."""

from collections.abc import Callable

import pytest

from core.accounts import pausing as accounts
from core.actor import Actor
from core.campaigns.waiting_mail import apply_status_to_waiting_mail
from core.cards.task_card import task_card
from core.db import transaction
from core.ids import UUID, new_id
from core.installation import kill_switch
from core.taxonomy import Surface
from jobs.apply_campaign_status import apply_campaign_status
from tests.core.tasks.task_parts import tasks_at
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

BEHIND = "SELECT drawn_revision < revision FROM drafts WHERE id = %s"


def shown(domain: Domain) -> UUID:
    """An open draft whose card stands and shows all that is so."""
    draft = domain.ingest()
    domain.sql(
        "INSERT INTO cards (id, workspace_id, draft_id, member_id, place, channel, ts) "
        "SELECT %s, workspace_id, %s, id, 'dm', 'D01', '1.000100' FROM members WHERE slack_user_id = 'U01ALICE'",
        *(new_id(), draft),
    )
    draw(domain)
    return draft


def draw(domain: Domain) -> None:
    domain.sql("UPDATE drafts SET drawn_revision = revision")


def why(domain: Domain, draft: UUID) -> str:
    slot = domain.view(draft).next_slot
    assert slot is not None
    return slot.why or ""


def _pause(domain: Domain) -> None:
    domain.pause()
    apply_campaign_status(domain.campaign_id)


def _resume(domain: Domain) -> None:
    domain.resume()
    apply_campaign_status(domain.campaign_id)


def _stop(domain: Domain) -> None:
    with transaction() as tx:
        kill_switch.stop(tx, "The provider is being moved.", Actor(Surface.CLI))
    apply_campaign_status(domain.campaign_id)


def _allow(domain: Domain) -> None:
    with transaction() as tx:
        kill_switch.allow(tx, Actor(Surface.CLI))
    apply_campaign_status(domain.campaign_id)


def _pause_account(domain: Domain) -> None:
    with transaction() as tx:
        accounts.pause(tx, domain.account_id, "It was abused.", domain.member("U03CAROL"))
        accounts.mark_cards_behind(tx, domain.account_id)


def _resume_account(domain: Domain) -> None:
    with transaction() as tx:
        accounts.resume(tx, domain.account_id, domain.member("U03CAROL"))
        accounts.mark_cards_behind(tx, domain.account_id)


def _seat(domain: Domain) -> UUID:
    [(seat,)] = domain.rows("SELECT id FROM accounts WHERE channel = 'linkedin'")
    return UUID(str(seat))


def _pause_seat(domain: Domain) -> None:
    with transaction() as tx:
        accounts.pause(tx, _seat(domain), "It was abused.", domain.member("U03CAROL"))
        accounts.mark_cards_behind(tx, _seat(domain))


def _resume_seat(domain: Domain) -> None:
    with transaction() as tx:
        accounts.resume(tx, _seat(domain), domain.member("U03CAROL"))
        accounts.mark_cards_behind(tx, _seat(domain))


@pytest.mark.parametrize(
    ("begin", "end", "reason"),
    [
        (_pause, _resume, "paused"),
        (_stop, _allow, "provider is being moved"),
        (_pause_account, _resume_account, "abused"),
    ],
)
def test_the_card_of_an_open_draft_is_drawn_again_at_both_ends(
    domain: Domain, begin: Callable[[Domain], None], end: Callable[[Domain], None], reason: str
) -> None:
    draft = shown(domain)
    begin(domain)
    assert domain.rows(BEHIND, draft) == [(True,)]
    assert reason in why(domain, draft)
    draw(domain)
    end(domain)
    assert domain.rows(BEHIND, draft) == [(True,)]
    assert reason not in why(domain, draft)


def test_what_has_no_card_is_left_alone(domain: Domain) -> None:
    draft = domain.ingest()
    draw(domain)
    _pause(domain)
    assert domain.rows(BEHIND, draft) == [(False,)]


def test_all_of_it_is_gone_through_in_steps(domain: Domain) -> None:
    drafts = [shown(domain), domain.ingest()]
    domain.approve(drafts[1])
    draw(domain)
    seen, last = list[UUID](), None
    while True:
        with transaction() as tx:
            last = apply_status_to_waiting_mail(tx, domain.campaign_id, last, limit=1)
        if last is None:
            break
        seen.append(last)
    assert seen == sorted(drafts)
    assert domain.rows("SELECT count(*) FROM drafts WHERE drawn_revision < revision") == [(2,)]


@pytest.mark.parametrize(
    ("begin", "end", "reason"),
    [
        (_pause, _resume, "Autumn launch is paused."),
        (_stop, _allow, "All sending is stopped: The provider is being moved."),
        (_pause_seat, _resume_seat, "is paused."),
    ],
)
def test_the_card_of_a_task_on_offer_is_drawn_again_at_both_ends(
    domain: Domain, begin: Callable[[Domain], None], end: Callable[[Domain], None], reason: str
) -> None:
    tasks = tasks_at(domain)
    task = tasks.offered()
    owner = tasks.owner(task)
    for act, said in ((begin, True), (end, False)):
        domain.sql("UPDATE tasks SET drawn_revision = revision")
        act(domain)
        assert domain.rows("SELECT drawn_revision < revision FROM tasks") == [(True,)]
        card = str(task_card(tasks.view(task), owner))
        assert ("please do not do this now.*" in card and reason in card) is said
