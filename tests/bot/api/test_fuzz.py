"""Random and mutated payloads with a good key: never a 500, and nothing that comes in is on its way out."""

import json
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.db import transaction
from core.models import Attempt, Contact, Delivery, Draft, DraftVersion, InboundMessage
from tests.bot.api.parts import Api, draft, drafts_api
from tests.fixtures.cases import cases

pytestmark = pytest.mark.slow

__all__ = ["drafts_api"]

EXPECTED = {200, 201, 400, 409, 413, 422}
NASTY = [
    "a\r\nBcc: eve@example.net",
    "\x00",
    "\ud800",
    "\u2028",
    "",
    " ",
    "🚲" * 300,
    "9" * 400,
    "<script>",
    "\u202eevil",
]

TEXT = st.one_of(
    st.text(max_size=60), st.sampled_from(NASTY), st.text(alphabet='\r\n\x00:@<>"\\é\u202e \t', max_size=8)
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT, st.integers(min_value=10**300))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)
FULL = draft(
    kind="reply",
    confidence=0.5,
    to={"email": "dana@example.org", "first_name": "Dana", "last_name": "D", "company": "C", "title": "T"},
    inbound={"subject": "s", "body": "b", "message_id": "<a@example.org>", "received_at": "2026-09-21T09:12:00Z"},
)
PATHS = [(name,) for name in FULL] + [(outer, name) for outer in ("to", "inbound") for name in FULL[outer]]
ADDRESSES = st.one_of(
    st.emails(), TEXT, st.builds("{}@{}".format, TEXT, TEXT), st.builds("dana{}@example.org".format, TEXT)
)
TIMES = st.one_of(
    st.datetimes().map(str),
    st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
    st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01", "2026-02-30T00:00Z"]),
    st.integers(),
    st.floats(),
)


@st.composite
def mutated(random: st.DrawFn) -> bytes:
    """A good draft of which a few places were changed, removed or added."""
    payload: dict[str, Any] = json.loads(json.dumps(FULL))
    payload["key"] = random(st.sampled_from(["a", "b", "c"]))
    for path in random(st.lists(st.sampled_from(PATHS), max_size=3)):
        *outer, name = path
        place = payload.get(outer[0]) if outer else payload
        if not isinstance(place, dict):
            continue
        if random(st.integers(0, 5)) == 0:
            place.pop(name, None)
        else:
            fitting = {"email": ADDRESSES, "received_at": TIMES}.get(name, VALUES)
            place[name] = random(st.one_of(fitting, VALUES))
    if random(st.integers(0, 9)) == 0:
        payload[random(TEXT)] = random(VALUES)
    return json.dumps(payload).encode()


@st.composite
def damaged(random: st.DrawFn) -> bytes:
    """The bytes of a draft, cut, doubled or with a few bytes replaced."""
    raw = bytearray(random(mutated()))
    for _ in range(random(st.integers(1, 4))):
        place = random(st.integers(0, len(raw)))
        raw[place : place + random(st.integers(0, 3))] = random(st.binary(max_size=4))
    return bytes(raw)


PAYLOADS = st.one_of(mutated(), mutated(), damaged(), VALUES.map(lambda value: json.dumps(value).encode()), st.binary())


@given(raw=PAYLOADS)
@example(raw=b"[" * 100_000)
@example(raw=b'{"confidence": 1e999}')
@example(raw=json.dumps(draft(confidence=float("nan"))).encode())
@example(raw=json.dumps(draft(inbound={"subject": "s", "body": "b", "received_at": 1e18})).encode())
@cases(1000)
def test_no_payload_gets_a_500_or_a_mail_on_its_way(drafts_api: Api, raw: bytes) -> None:
    answer = drafts_api.post(raw)
    assert answer.status_code in EXPECTED
    answer.json()
    with transaction() as tx:
        if answer.status_code in (200, 201):
            assert tx.scalars(sa.select(Draft.status).where(sa.text(f"id = '{answer.json()['id']}'"))).one() in (
                "needs_review",
                "manual_review",
            )
            tx.execute(sa.select(InboundMessage.__table__)).all()  # whatever was kept can be read again
            assert drafts_api.get(answer.json()["id"]).status_code == 200
        assert not tx.scalar(sa.select(sa.exists().select_from(Delivery)))
        assert not tx.scalar(sa.select(sa.exists().select_from(Attempt)))


def test_the_fuzz_reaches_behind_the_door(drafts_api: Api) -> None:
    """Without this, a fuzz whose every payload is refused at the first check would look green."""
    seen: set[int] = set()

    @given(raw=PAYLOADS)
    @settings(max_examples=150, derandomize=True)
    def run(raw: bytes) -> None:
        seen.add(drafts_api.post(raw).status_code)

    run()
    assert {201, 400, 409, 422} <= seen


def test_nothing_that_was_taken_holds_a_line_break_where_a_header_comes_from(drafts_api: Api) -> None:
    @given(raw=mutated())
    @settings(max_examples=150)
    def run(raw: bytes) -> None:
        drafts_api.post(raw)

    run()
    with transaction() as tx:
        texts = [*tx.execute(sa.select(DraftVersion.subject)).all()]
        texts += tx.execute(sa.select(Contact.email, Contact.first_name, Contact.last_name, Contact.company)).all()
    assert texts
    for row in texts:
        for text in row:
            assert text is None or not any(char in text for char in "\r\n\x00\x85\u2028\u2029")


@pytest.mark.parametrize(
    "header",
    ["Bearer \x00", "Bearer " + "x" * 60_000, "Bearer é", "Bearer so_\ud7ff", "bearer\tso_", ",", "Bearer a b"],
)
def test_no_authorization_header_gets_a_500(drafts_api: Api, header: str) -> None:
    answer = drafts_api.request(
        "POST", "/api/drafts", content=b"{}", headers={b"authorization": header.encode("utf-8", "replace")}
    )
    assert answer.status_code == 401
