"""`/api/drafts`: the key first, then a draft exactly once, and every fault told with its field."""

import asyncio
import json
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from bot.api import drafts
from core import api_keys
from core.actor import Actor
from core.db import engine, transaction
from core.drafts.review import approve
from core.ids import new_id
from core.intake.json_input import SIZE_LIMIT
from core.models import ApiKey, Contact, Draft, Event
from core.settings import settings
from core.taxonomy import Surface
from tests.bot.api.parts import Api, alice, draft, drafts_api, key, workspace

pytestmark = pytest.mark.slow

__all__ = ["drafts_api"]


def count() -> int:
    with transaction() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(Draft)) or 0


def test_a_new_draft_is_201_and_the_same_again_200(drafts_api: Api) -> None:
    first, again = drafts_api.post(draft()), drafts_api.post(draft())
    assert (first.status_code, again.status_code) == (201, 200)
    made = first.json()
    assert again.json() == made
    assert (made["key"], made["status"], made["version"]) == ("crm-1", "needs_review", 1)
    assert made["url"] == f"http://127.0.0.1:8080/drafts/{made['id']}"
    assert [str(one) for one in drafts_api.rung] == [made["id"]]  # once: the second made nothing new


def test_the_event_names_the_key_that_sent_it_p10(drafts_api: Api) -> None:
    made = drafts_api.post(draft()).json()
    with transaction() as tx:
        event = tx.execute(
            sa.select(Event.surface, Event.api_key_id).where(sa.text(f"draft_id = '{made['id']}'"))
        ).one()
        key_id = tx.execute(sa.select(ApiKey.id)).scalar_one()
    assert (event.surface, event.api_key_id) == ("api", key_id)


def test_the_same_key_with_other_content_is_409(drafts_api: Api) -> None:
    drafts_api.post(draft())
    answer = drafts_api.post(draft(subject="Else"))
    assert answer.status_code == 409
    assert "'crm-1' is already used" in answer.json()["error"]


def test_the_same_draft_at_once_from_eight_clients_is_one_201_and_seven_200(drafts_api: Api) -> None:
    barrier = threading.Barrier(8)
    answers: list[tuple[int, str]] = []

    def run() -> None:
        barrier.wait(10)
        answer = drafts_api.post(draft())
        answers.append((answer.status_code, answer.json()["id"]))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(status for status, _ in answers) == [200] * 7 + [201]
    assert len({draft_id for _, draft_id in answers}) == count() == 1


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer nope", f"Bearer so_{'A' * 43}", "Basic {token}", "{token}", "Bearer {token}x"],
)
@pytest.mark.parametrize("body", [b"", b"{", b"x" * (SIZE_LIMIT + 1)])
def test_without_a_key_it_is_401_and_not_a_word_more(drafts_api: Api, header: str, body: bytes) -> None:
    answer = drafts_api.post(body, Authorization=header.format(token=drafts_api.token))
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_key_is_401(drafts_api: Api) -> None:
    with transaction() as tx:
        api_keys.revoke(tx, drafts_api.workspace_id, "crm", Actor(Surface.CLI))
    assert drafts_api.post(draft()).status_code == 401
    assert drafts_api.get(new_id()).status_code == 401


def test_the_scheme_may_be_written_in_any_case(drafts_api: Api) -> None:
    assert drafts_api.post(draft(), Authorization=f"bearer {drafts_api.token}").status_code == 201


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"to": {"email": "nope"}}, "to.email", "no @ sign"),
        ({"to": {}}, "to.email", "is missing"),
        ({"subject": "a\r\nBcc: eve@example.net"}, "subject", "line break"),
        ({"kind": "spam"}, "kind", "must be 'intro', 'follow_up' or 'reply'"),
        ({"campaign": "nope"}, "campaign", "there is no campaign 'nope'"),
        ({"bodi": "x"}, "bodi", "unknown field"),
        ({"confidence": 1.5}, "confidence", "must be at most 1"),
    ],
)
def test_what_is_wrong_is_422_with_the_field_named(
    drafts_api: Api, change: dict[str, Any], field: str, problem: str
) -> None:
    answer = drafts_api.post(draft(**change))
    assert answer.status_code == 422
    [told] = answer.json()["fields"]
    assert told["field"] == field
    assert problem in told["problem"]
    assert answer.json()["error"].startswith(f"{field}: ")
    assert count() == 0


def test_every_wrong_field_is_named_at_once(drafts_api: Api) -> None:
    answer = drafts_api.post({"key": "", "to": {"email": "nope"}})
    assert {told["field"] for told in answer.json()["fields"]} == {"key", "campaign", "to.email", "subject", "body"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"confidence": NaN}',
        b'{"confidence": %s}' % (b"9" * 9999),
        b"[" * 500_000,
        b'{"key": "a", "key": "b"}',
        b'{"\\ud800": 1}',
    ],
)
def test_broken_json_is_400(drafts_api: Api, raw: bytes) -> None:
    answer = drafts_api.post(raw)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("raw", [b"[]", b"7", b'"x"', b"null", b'{"key": "\\ud800"}', b'{"key": "\\u0000"}'])
def test_json_that_is_no_draft_is_422(drafts_api: Api, raw: bytes) -> None:
    assert drafts_api.post(raw).status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json; charset=klingon"},
        {"Content-Type": "application/jsonl"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
    ],
)
def test_what_is_not_json_in_utf_8_is_415(drafts_api: Api, headers: dict[str, str]) -> None:
    assert drafts_api.post(draft(), **headers).status_code == 415
    assert count() == 0


@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "application/json; charset=utf8",
        "application/json ; Charset = UTF_8",
        'application/json; profile="a;b"; charset=utf8',
        "application/json; charset=us-ascii",
        "application/json;",
    ],
)
def test_the_charset_of_json_may_be_said(drafts_api: Api, kind: str) -> None:
    assert drafts_api.post(draft(), **{"Content-Type": kind}).status_code == 201


def test_a_body_of_the_limit_is_read_and_one_byte_more_is_413(drafts_api: Api) -> None:
    raw = json.dumps(draft()).encode()
    assert drafts_api.post(raw + b" " * (SIZE_LIMIT - len(raw))).status_code == 201
    assert drafts_api.post(raw + b" " * (SIZE_LIMIT - len(raw) + 1)).status_code == 413


def test_the_longest_draft_that_is_allowed_fits_the_limit_of_the_body(drafts_api: Api) -> None:
    raw = json.dumps(draft(subject="語" * 250, body="🚲" * 100_000), ensure_ascii=False).encode()
    assert drafts_api.post(raw).status_code == 201


async def _post_in_chunks(token: str, chunks: int, *headers: tuple[bytes, bytes]) -> tuple[int, int]:
    """The status of a POST of `chunks` times 64 KiB, and how many of them were read."""
    read = 0
    status: list[int] = []

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b" " * 65536, "more_body": read < chunks}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/api/drafts",
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {token}".encode()),
            (b"content-type", b"application/json"),
            *headers,
        ],
    }
    await drafts.routes[0].handle(scope, receive, send)
    return status[0], read


def test_a_body_without_a_length_is_read_no_further_than_the_limit(drafts_api: Api) -> None:
    status, read = asyncio.run(_post_in_chunks(drafts_api.token, 1000))
    assert status == 413
    assert read == SIZE_LIMIT // 65536 + 1


def test_a_body_whose_length_says_too_much_is_not_read_at_all(drafts_api: Api) -> None:
    assert asyncio.run(_post_in_chunks(drafts_api.token, 1000, (b"content-length", b"65536000"))) == (413, 0)


@pytest.mark.parametrize("length", [b"1", b"-1", b"many", b"9" * 5000, b"\xb2"])
def test_a_length_that_is_not_true_does_not_help(drafts_api: Api, length: bytes) -> None:
    status, read = asyncio.run(_post_in_chunks(drafts_api.token, 1000, (b"content-length", length)))
    assert status == 413
    assert read <= SIZE_LIMIT // 65536 + 1


def test_with_the_database_away_it_is_503_and_says_when_to_come_back(
    drafts_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    engine().dispose()
    settings.cache_clear()
    engine.cache_clear()
    answer = drafts_api.post(draft())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert drafts_api.rung == []


def test_a_key_opens_its_own_workspace_only(drafts_api: Api) -> None:
    made = drafts_api.post(draft()).json()
    other = Api(drafts_api.portal, drafts_api.client, key(workspace("T02OTHER")), drafts_api.workspace_id)
    assert other.get(made["id"]).status_code == 404
    theirs = other.post(draft())
    assert theirs.status_code == 201
    assert theirs.json()["id"] != made["id"]


def test_where_a_draft_stands_can_be_asked(drafts_api: Api) -> None:
    made = drafts_api.post(draft()).json()
    assert drafts_api.get(made["id"]).json() == made | dict.fromkeys(("delivery", "change_note", "change_asked_by"))
    with transaction() as tx:
        [draft_id] = tx.scalars(sa.select(Draft.id)).all()
        approve(tx, draft_id, 1, alice(drafts_api))
    answer = drafts_api.get(made["id"]).json()
    assert (answer["status"], answer["delivery"]["status"]) == ("approved", "queued")


def test_a_draft_that_is_not_there_is_404(drafts_api: Api) -> None:
    assert drafts_api.get(new_id()).status_code == 404
    assert drafts_api.get("nope").status_code == 404


def test_a_get_of_the_collection_is_not_offered(drafts_api: Api) -> None:
    assert drafts_api.request("GET", "/api/drafts", headers=drafts_api.headers()).status_code == 405


@pytest.mark.parametrize("blank", ["", " ", "\u00a0\u200b", None])
def test_an_empty_name_is_not_known_and_no_fault(drafts_api: Api, blank: str | None) -> None:
    """Exports write "" for what they do not know; it is the same draft as without."""
    optional = ("first_name", "last_name", "company", "title", "linkedin_url", "timezone")
    first = drafts_api.post(draft(to={"email": "dana@example.org"} | dict.fromkeys(optional, blank)))
    assert first.status_code == 201
    assert drafts_api.post(draft(to={"email": "dana@example.org"})).status_code == 200
    with transaction() as tx:
        assert tx.execute(sa.select(Contact.first_name, Contact.company, Contact.linkedin_folded)).one() == (None,) * 3


def test_a_person_is_one_however_they_are_spelt(drafts_api: Api) -> None:
    page = "https://www.linkedin.com/in/"
    for number, to in enumerate(
        [
            {"email": "Jos\u00e9, D <JOSE\u0301@example.org>", "linkedin_url": f"{page}jos%C3%A9-x1/"},
            {"email": "mailto:jos\u00e9@example.org", "linkedin_url": f"{page}JOS\u00c9-x1?trk=x"},
        ]
    ):
        assert drafts_api.post(draft(key=f"crm-{number}", to=to)).status_code == 201
    with transaction() as tx:
        [person] = tx.execute(sa.select(Contact.email_folded, Contact.linkedin_folded)).all()
    assert person == ("jos\u00e9@example.org", "in/jos\u00e9-x1")


@pytest.mark.parametrize("page", ["company/acme", "feed/", "sales/lead/x", "school/x", "posts/x"])
def test_a_page_of_nobody_is_refused(drafts_api: Api, page: str) -> None:
    to = {"email": "dana@example.org", "linkedin_url": f"https://www.linkedin.com/{page}"}
    answer = drafts_api.post(draft(to=to))
    assert answer.status_code == 422
    assert "is not a person's LinkedIn profile" in answer.text


def test_the_second_answer_to_one_message_is_409_and_names_the_first(drafts_api: Api) -> None:
    inbound = {"subject": "Prices?", "body": "What does it cost?", "message_id": "<one@example.org>"}
    assert drafts_api.post(draft(kind="reply", inbound=inbound)).status_code == 201
    again = drafts_api.post(draft(key="crm-2", kind="reply", inbound=inbound))
    assert again.status_code == 409
    assert "draft 'crm-1' already answers this message" in again.text
    assert drafts_api.post(draft(kind="reply", inbound=inbound)).status_code == 200, "the same again is the same"
