"""The probes and the numbers: what they say, to whom, and that they say it in time."""

import re
import socket
import time
from collections.abc import Callable, Iterator

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from bot.http import probes as health
from core import api_keys, delivery, models
from core.actor import SIGNOFF, slack_user
from core.database_url import read
from core.db import engine, transaction
from core.deadline import Deadline
from core.drafts import review
from core.ids import UUID
from core.installation.schema import older_revisions
from core.mail.outcome import Outcome, Reason
from core.settings import settings
from core.taxonomy import AttemptOutcome, Phase
from core.telemetry import metrics
from core.telemetry.probes import Health, postgres_health
from tests.bot.web.conftest import Acme
from tests.fixtures.full_stack import declare
from tests.fixtures.processes import free_port
from tests.fixtures.roles import role

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

AT_HOME = ("127.0.0.1", 50_000)
ABROAD = ("203.0.113.7", 50_000)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def put(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets variables of this process."""

    def change(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        if "DATABASE_URL" in variables:
            engine().dispose()
            engine.cache_clear()

    health._good_keys.clear()
    older_revisions()  # read once a process, and long enough for a probe to be late
    yield change
    engine().dispose()
    engine.cache_clear()
    settings.cache_clear()


@pytest.fixture
def silent() -> Iterator[str]:
    """Host and port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


async def ask(path: str, *, client: tuple[str, int] = AT_HOME, headers: dict[str, str] | None = None) -> httpx.Response:
    """A GET, and the promise that it took no longer than two seconds."""
    transport = httpx.ASGITransport(Starlette(routes=health.routes), client=client)
    began = time.monotonic()
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asking:
        answer = await asking.get(path, headers=headers)
    assert time.monotonic() - began < 2
    return answer


async def test_a_process_that_lives_says_ok(put: Callable[..., None]) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    put(DATABASE_URL=f"postgresql://nobody@{nobody}/nowhere", REDIS_URL=f"redis://{nobody}/0")
    answer = await ask("/healthz", client=ABROAD)
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_with_both_servers_there_it_is_ready(put: Callable[..., None]) -> None:
    answer = await ask("/readyz", client=ABROAD)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "postgres": "ok", "redis": "ok"})


async def test_redis_away_is_degraded_not_down(put: Callable[..., None]) -> None:
    put(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    answer = await ask("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded", "postgres": "ok", "redis": "away"})


async def test_postgres_away_is_down(put: Callable[..., None]) -> None:
    put(DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/nowhere")
    answer = await ask("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "down", "postgres": "away", "redis": "ok"})


async def test_a_server_that_takes_nothing_in_is_down_and_says_why(put: Callable[..., None], database_url: str) -> None:
    """A failover left us with a standby: every click is refused, so nobody should be sent here."""
    with role(database_url, "GRANT SELECT ON alembic_version TO {}") as url:
        put(DATABASE_URL=url)
        assert (await ask("/readyz")).status_code == 200
        with psycopg.connect(database_url, autocommit=True) as owner:
            owner.execute(f"ALTER ROLE {read(url).arguments['user']} SET default_transaction_read_only = on")
        answer = await ask("/readyz")
        put(DATABASE_URL=database_url)
    assert (answer.status_code, answer.json()["postgres"]) == (503, "read_only")


async def test_a_server_with_no_connection_to_spare_is_asked_over_ours(
    put: Callable[..., None], database_url: str
) -> None:
    """Without the second that a probe has in all: what matters is whom it asks."""
    with role(database_url, "GRANT SELECT ON alembic_version TO {}", limit=1) as url:
        put(DATABASE_URL=url)
        with transaction():
            pass
        found = postgres_health(Deadline())
        put(DATABASE_URL=database_url)
    assert found == Health.OK


@pytest.mark.parametrize("url", ["postgresql+psycopg://signoff@{}", "postgres://signoff:a b%c@{}"])
async def test_each_way_of_writing_the_url_is_ready(put: Callable[..., None], database_url: str, url: str) -> None:
    put(DATABASE_URL=url.format(database_url.partition("@")[2]))
    assert (await ask("/readyz")).json()["postgres"] == "ok"


async def test_servers_that_hang_are_away(put: Callable[..., None], silent: str) -> None:
    put(DATABASE_URL=f"postgresql://nobody@{silent}/nowhere", REDIS_URL=f"redis://{silent}/0")
    answer = await ask("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "down", "postgres": "away", "redis": "away"})


async def test_a_database_without_our_tables_is_not_ready(put: Callable[..., None], bare_url: str) -> None:
    put(DATABASE_URL=bare_url)
    answer = await ask("/readyz")
    assert (answer.status_code, answer.json()["postgres"]) == (503, "behind")


@pytest.mark.parametrize("revision", ["squashed_tables", "add_views"])
async def test_a_database_that_lacks_a_migration_is_not_ready(put: Callable[..., None], revision: str) -> None:
    """Also one that was migrated halfway by the migrations that were squashed since."""
    with transaction() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    answer = await ask("/readyz")
    assert (answer.status_code, answer.json()["postgres"]) == (503, "behind")


async def test_the_database_of_a_newer_version_will_do(put: Callable[..., None]) -> None:
    """While a new version is rolled out, the old one still answers."""
    with transaction() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    assert (await ask("/readyz")).status_code == 200


# --- /metrics ---


@pytest.fixture
def acme(put: Callable[..., None]) -> Acme:
    return Acme(*declare("smtp://127.0.0.1:9"))


def numbers(text: str) -> dict[str, float]:
    """`name{labels}` → value."""
    found = re.findall(r"^([a-z_]+(?:\{.*\})?) (\S+)$", text, flags=re.MULTILINE)
    return {name: float(value) for name, value in found}


async def scrape() -> dict[str, float]:
    answer = await ask("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return numbers(answer.text)


def approve(draft_id: UUID) -> None:
    with transaction() as tx:
        review.approve(tx, draft_id, 1, slack_user(tx, "T01TEST", "U01ALICE"))


async def test_queue_cards_and_deliveries_are_counted_from_rows(acme: Acme) -> None:
    sent, _due, later = (acme.draft(f"key-{n}", to={"email": f"d{n}@example.org"}) for n in range(3))
    for draft in (sent, _due, later):
        approve(draft)
    with transaction() as tx:
        tx.execute(
            sa.update(models.Delivery)
            .where(models.Delivery.draft_id == later)
            .values(due_at=sa.text("now() + interval '1 hour'"))
        )
        tx.execute(
            sa.update(models.Delivery)
            .where(models.Delivery.draft_id == _due)
            .values(due_at=sa.text("now() - interval '40 seconds'"), priority=200)
        )
        claimed = delivery.claim(tx, acme.account_id)
    assert claimed is not None
    with transaction() as tx:
        assert delivery.start(tx, claimed)
    found = await scrape()
    assert found['signoff_queue_depth{state="due"}'] == 1
    assert found['signoff_queue_depth{state="later"}'] == 1
    assert found['signoff_queue_depth{state="sending"}'] == 1
    assert 40 <= found["signoff_queue_age_seconds"] < 60
    assert found["signoff_leases_expired"] == 0
    assert found['signoff_deliveries_last_hour{outcome="open",phase="none"}'] == 1
    assert found["signoff_cards_behind"] == 3
    assert 0 < found["signoff_card_lag_seconds"] < 60
    with transaction() as tx:
        outcome = Outcome(AttemptOutcome.SENT, Phase.DOT, Reason.ACCEPTED, code=250)
        delivery.finish(tx, claimed.attempt_id, outcome)
        tx.execute(sa.update(models.Draft).values(drawn_revision=models.Draft.revision))
    found = await scrape()
    assert found['signoff_queue_depth{state="sending"}'] == 0
    assert found['signoff_deliveries_last_hour{outcome="sent",phase="dot"}'] == 1
    assert found["signoff_cards_behind"] == 0
    assert found["signoff_card_lag_seconds"] == 0


async def test_an_attempt_of_more_than_an_hour_ago_is_not_counted(acme: Acme) -> None:
    approve(acme.draft())
    with transaction() as tx:
        assert delivery.claim(tx, acme.account_id)
        ids = sa.text("SELECT encode(uuid_send(id), 'hex') FROM send_attempts")
        made_at = int(tx.scalars(ids).one()[:12], 16) / 1000
    assert abs(made_at - time.time()) < 60  # the id begins with its time: what the question relies on
    bound = metrics.QUESTIONS[3].sql.replace("1 hour", "-1 minute")
    with transaction() as tx:
        assert tx.execute(sa.text(bound)).all() == []


async def test_acks_and_clicks_are_counted_where_they_happen(acme: Acme) -> None:
    before = await scrape()
    metrics.ack("block_actions", 0.02)
    metrics.click("approve_send", "done")
    metrics.click("approve_send", "stale_version")
    after = await scrape()

    def grew(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grew('signoff_ack_seconds_count{kind="block_actions"}') == 1
    assert grew('signoff_ack_seconds_bucket{kind="block_actions",le="0.025"}') == 1
    assert grew('signoff_ack_seconds_bucket{kind="block_actions",le="0.01"}') == 0
    assert grew('signoff_clicks_total{action="approve_send",result="done"}') == 1
    assert grew('signoff_clicks_total{action="approve_send",result="stale_version"}') == 1


async def test_the_numbers_name_nobody(acme: Acme) -> None:
    approve(acme.draft())
    text = (await ask("/metrics")).text
    for private in ("@", "dana", "Alice", "U01ALICE", "launch", str(acme.workspace_id), "Hello"):
        assert private not in text


async def test_with_postgres_away_the_other_numbers_are_still_there(put: Callable[..., None], silent: str) -> None:
    metrics.click("approve_send", "away")
    put(DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/nowhere", REDIS_URL=f"redis://{silent}/0")
    found = await scrape()
    assert found['signoff_up{part="postgres"}'] == 0
    assert found['signoff_up{part="redis"}'] == 0
    assert found["signoff_questions_unanswered"] == len(metrics.QUESTIONS)
    assert found['signoff_clicks_total{action="approve_send",result="away"}'] >= 1


async def test_with_a_postgres_that_hangs_the_other_numbers_are_still_there(
    put: Callable[..., None], silent: str
) -> None:
    put(DATABASE_URL=f"postgresql://nobody@{silent}/nowhere")
    found = await scrape()
    assert found['signoff_up{part="postgres"}'] == 0
    assert 'signoff_up{part="redis"}' in found


@pytest.mark.parametrize(
    ("public_url", "client", "headers"),
    [
        ("https://signoff.example", ABROAD, {}),
        ("https://signoff.example", AT_HOME, {}),  # a proxy on the same machine
        ("http://127.0.0.1:8080", ABROAD, {}),
        ("http://127.0.0.1:8080", AT_HOME, {"X-Forwarded-For": "203.0.113.7"}),
        ("http://127.0.0.1:8080", AT_HOME, {"Forwarded": "for=203.0.113.7"}),
        ("https://signoff.example", AT_HOME, {"Authorization": "Bearer so_" + "x" * 43}),
        ("https://signoff.example", AT_HOME, {"Authorization": "Basic YTpi"}),
        ("https://signoff.example", AT_HOME, {"Authorization": "Bearer \x00"}),
    ],
)
async def test_the_numbers_are_not_for_everybody(
    put: Callable[..., None], public_url: str, client: tuple[str, int], headers: dict[str, str]
) -> None:
    put(PUBLIC_URL=public_url)
    answer = await ask("/metrics", client=client, headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_opens_the_numbers_until_it_is_revoked(put: Callable[..., None], acme: Acme) -> None:
    put(PUBLIC_URL="https://signoff.example")
    with transaction() as tx:
        token = api_keys.create(tx, acme.workspace_id, "prometheus", SIGNOFF)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await ask("/metrics", client=ABROAD, headers=headers)).status_code == 200
    with transaction() as tx:
        api_keys.revoke(tx, acme.workspace_id, "prometheus", SIGNOFF)
    assert (await ask("/metrics", client=ABROAD, headers=headers)).status_code == 401


async def test_a_key_that_was_good_opens_the_numbers_of_an_outage(put: Callable[..., None], acme: Acme) -> None:
    put(PUBLIC_URL="https://signoff.example")
    with transaction() as tx:
        token = api_keys.create(tx, acme.workspace_id, "prometheus", SIGNOFF)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await ask("/metrics", client=ABROAD, headers=headers)).status_code == 200
    put(DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/nowhere")
    answer = await ask("/metrics", client=ABROAD, headers=headers)
    assert numbers(answer.text)['signoff_up{part="postgres"}'] == 0
    assert (await ask("/metrics", client=ABROAD, headers={"Authorization": "Bearer so_" + "x" * 43})).status_code == 401
