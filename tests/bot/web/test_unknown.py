"""An unknown outcome on the page of its draft: what is known, and the two things that an admin can say."""

import html
import re

import httpx
import pytest
import sqlalchemy as sa

import bot.web.acts
from core import models
from core.db import transaction
from core.errors import CommitInDoubt, DatabaseAway
from core.ids import UUID, new_id
from core.taxonomy import DraftState
from tests.bot.web.conftest import Acme, deactivate, sign_in
from tests.bot.web.draft_parts import LOST, approve, attempt

CAROL = "U03CAROL"


def lost(acme: Acme, *, waited: bool = True) -> UUID:
    draft = acme.draft()
    approve(draft)
    attempt(acme, LOST)
    if waited:
        with transaction() as tx:
            tx.execute(sa.text("UPDATE send_attempts SET finished_at = finished_at - interval '31 minutes'"))
    return draft


def state(draft: UUID) -> str:
    from core.views.draft import read

    with transaction() as tx:
        view = read(tx, draft)
    assert view is not None
    return str(view.state)


def codes(draft: UUID) -> list[str | None]:
    with transaction() as tx:
        return list(
            tx.scalars(sa.select(models.Event.code).where(models.Event.draft_id == draft).order_by(models.Event.id))
        )


def form(visitor: httpx.Client, draft: UUID) -> dict[str, str]:
    """The hidden fields of the page's forms."""
    text = visitor.get(f"/drafts/{draft}").text
    section = text[text.index('class="card unknown"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', section))


def test_the_page_says_what_is_known(visitor: httpx.Client, acme: Acme) -> None:
    draft = lost(acme)
    sign_in(visitor, CAROL)
    text = html.unescape(visitor.get(f"/drafts/{draft}").text)
    with transaction() as tx:
        message_id = tx.execute(sa.select(models.Attempt.message_id)).scalar_one()
    for known in ("the reply to the final dot", "127.0.0.1", message_id, "It arrived", "send again"):
        assert known in text


@pytest.mark.parametrize(("path", "becomes"), [("arrived", DraftState.SENT), ("again", DraftState.SENDING)])
def test_an_admin_who_is_sure_says_what_became_of_it(
    visitor: httpx.Client, acme: Acme, path: str, becomes: DraftState
) -> None:
    draft = lost(acme)
    sign_in(visitor, CAROL)
    fields = form(visitor, draft)
    answer = visitor.post(f"/drafts/{draft}/{path}", data=fields | {"sure": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/drafts/{draft}")
    assert state(draft) == becomes
    with transaction() as tx:
        surface = tx.scalar(sa.select(models.Event.surface).order_by(models.Event.id.desc()).limit(1))
    assert surface == "web"
    page = visitor.get(f"/drafts/{draft}").text
    assert "send again</button>" not in page
    assert ("sent it again" in page) == (path == "again")


def test_who_is_not_sure_changes_nothing(visitor: httpx.Client, acme: Acme) -> None:
    draft = lost(acme)
    sign_in(visitor, CAROL)
    fields = form(visitor, draft)
    for missing in ({}, {"sure": "no"}, {"sure": "yes", "number": "x"}, {"sure": "yes", "number": "9" * 30}):
        answer = visitor.post(f"/drafts/{draft}/again", data=fields | missing)
        assert answer.status_code == httpx.codes.BAD_REQUEST
    assert state(draft) == DraftState.OUTCOME_UNKNOWN


def test_a_reviewer_is_refused_and_it_is_an_event(visitor: httpx.Client, acme: Acme) -> None:
    draft = lost(acme)
    sign_in(visitor, "U01ALICE")
    answer = visitor.post(f"/drafts/{draft}/again", data=form(visitor, draft) | {"sure": "yes"})
    assert answer.status_code == httpx.codes.CONFLICT
    assert "needs the role admin" in answer.text
    assert codes(draft)[-1] == "role_too_low"
    assert state(draft) == DraftState.OUTCOME_UNKNOWN


@pytest.mark.parametrize("error", [DatabaseAway, CommitInDoubt])
def test_without_a_database_the_page_says_so(
    visitor: httpx.Client, acme: Acme, monkeypatch: pytest.MonkeyPatch, error: type[DatabaseAway]
) -> None:
    draft = lost(acme)
    sign_in(visitor, CAROL)
    fields = form(visitor, draft)

    def away(*_: object) -> None:
        raise error("gone")

    monkeypatch.setattr(bot.web.acts, "run", away)
    answer = visitor.post(f"/drafts/{draft}/again", data=fields | {"sure": "yes"})
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert state(draft) == DraftState.OUTCOME_UNKNOWN


def test_too_early_says_from_when_on(visitor: httpx.Client, acme: Acme) -> None:
    draft = lost(acme, waited=False)
    sign_in(visitor, CAROL)
    answer = visitor.post(f"/drafts/{draft}/again", data=form(visitor, draft) | {"sure": "yes"})
    assert "It can be sent again from" in answer.text
    assert codes(draft)[-1] == "too_early"


@pytest.mark.parametrize("path", ["arrived", "again"])
def test_another_site_nobody_and_one_who_left_can_do_nothing(visitor: httpx.Client, acme: Acme, path: str) -> None:
    draft = lost(acme)
    where = f"/drafts/{draft}/{path}"
    assert visitor.post(where, data={"sure": "yes", "number": "1"}).headers["location"].startswith("/login")
    sign_in(visitor, CAROL)
    fields = form(visitor, draft) | {"sure": "yes"}
    assert visitor.post(where, data=fields | {"token": "forged"}).status_code == httpx.codes.FORBIDDEN
    assert visitor.get(where).status_code == httpx.codes.METHOD_NOT_ALLOWED
    for other in (new_id(), "nonsense"):
        assert visitor.post(f"/drafts/{other}/{path}", data=fields).status_code in (404, 409)
    deactivate(CAROL)
    assert visitor.post(where, data=fields).headers["location"].startswith("/login")
    assert state(draft) == DraftState.OUTCOME_UNKNOWN
