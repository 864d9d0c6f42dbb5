"""The page of a draft: one address, and nobody else learns from it whether there is such a draft."""

import httpx
import pytest
import sqlalchemy as sa

from core import models
from core.db import transaction
from core.ids import UUID, new_id
from tests.bot.web.conftest import Acme, sign_in
from tests.fixtures.full_stack import declare


@pytest.fixture
def strangers_draft(acme: Acme) -> UUID:
    """A draft of another workspace."""
    rename(acme, "T00TEMP")
    theirs = Acme(*declare("smtp://127.0.0.1:9"))
    rename(theirs, "T02OTHER")
    rename(acme, "T01TEST")
    return theirs.draft()


def rename(workspace: Acme, team_id: str) -> None:
    with transaction() as tx:
        named = sa.update(models.Workspace).where(models.Workspace.id == workspace.workspace_id)
        tx.execute(named.values(slack_team_id=team_id))


def other_ids(stranger: UUID) -> list[str]:
    return [
        str(stranger),
        str(new_id()),
        "1",
        "nope",
        str(stranger)[:-1],
        f"{{{stranger}}}",
        stranger.hex,
        f"urn:uuid:{stranger}",
        "%00",
        "%F0%9F%98%80",
        "'%20OR%201=1--",
        "a" * 5_000,
    ]


def told(response: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer that could tell one from another, without its date and id."""
    headers = {name: value for name, value in response.headers.items() if name not in ("date", "x-request-id")}
    return response.status_code, response.content, headers


def test_others_drafts_unknown_ones_and_nonsense_are_the_same_404(
    visitor: httpx.Client, acme: Acme, strangers_draft: UUID
) -> None:
    sign_in(visitor, "U01ALICE")
    assert visitor.get(f"/drafts/{acme.draft()}").status_code == httpx.codes.OK
    answers = [told(visitor.get(f"/drafts/{wanted}")) for wanted in other_ids(strangers_draft)]
    assert answers[0][0] == httpx.codes.NOT_FOUND
    assert all(answer == answers[0] for answer in answers)


def test_who_is_not_signed_in_learns_nothing_about_what_is_there(
    visitor: httpx.Client, acme: Acme, strangers_draft: UUID
) -> None:
    for wanted in (str(acme.draft()), str(strangers_draft), str(new_id()), "nope"):
        answer = visitor.get(f"/drafts/{wanted}")
        assert (answer.status_code, answer.content) == (httpx.codes.SEE_OTHER, b"")
        assert answer.headers["location"] == f"/login?next=/drafts/{wanted}"


def test_an_id_may_be_written_in_capitals(reader: httpx.Client, acme: Acme) -> None:
    assert reader.get(f"/drafts/{str(acme.draft()).upper()}").status_code == httpx.codes.OK


def test_an_id_is_written_in_one_way_only(reader: httpx.Client, acme: Acme) -> None:
    """One draft, one address: others would be other pages to caches, logs and people."""
    draft = acme.draft()
    for written in (f"{{{draft}}}", draft.hex, f"urn:uuid:{draft}"):
        assert reader.get(f"/drafts/{written}").status_code == httpx.codes.NOT_FOUND


def test_head_answers_as_get_does_without_a_body(reader: httpx.Client, acme: Acme) -> None:
    for path in (f"/drafts/{acme.draft()}", "/drafts/nope", "/login", "/signed-out", "/healthz"):
        get, head = reader.get(path), reader.head(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["content-type"] == get.headers["content-type"]
