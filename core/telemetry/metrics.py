"""What Prometheus reads at `/metrics`: numbers only, and no label that names a person, an account or a campaign (P11).

Two kinds, so that no process but `web` has to be asked:

- What this web process did itself (acks, clicks) is counted in its memory. Each web process is a target of its own, and
  Prometheus adds them up.
- Everything else is a question to Postgres at the time of the scrape: the state is in the rows (P5), whichever worker
  made it. These are gauges, the same from every web process; take `max`, not `sum`.
"""

from dataclasses import dataclass

import psycopg
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from core.deadline import Deadline
from core.telemetry.probes import Health, ask, connect

REGISTRY = CollectorRegistry()

#: Seconds. Slack gives up at 3.
_ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
_acks = Histogram(
    "signoff_ack_seconds",
    "From the arrival of a request of Slack's to our answer.",
    ["kind"],
    registry=REGISTRY,
    buckets=_ACK_BUCKETS,
)
_clicks = Counter(
    "signoff_clicks",
    "Clicks, submissions and commands in Slack, by outcome.",
    ["action", "result"],
    registry=REGISTRY,
)


def ack(kind: str, seconds: float) -> None:
    """An answer to Slack left. `kind` is one of ours: block_actions, view_submission, command, event, rejected."""
    _acks.labels(kind).observe(seconds)


def click(action: str, result: str) -> None:
    """A click was decided: `action` an action id or command of ours, `result` done, away, or the code of a refusal."""
    _clicks.labels(action, result).inc()


@dataclass(frozen=True)
class Question:
    """A gauge, and the SQL whose rows are its labels and, last, its value."""

    name: str
    help: str
    sql: str
    labels: tuple[str, ...] = ()


#: The first id of the last hour, and of the last day: UUIDv7 ids begin with the time in ms.
_FIRST = "(lpad(to_hex((extract(epoch FROM now() - interval '1 {}') * 1000)::bigint), 12, '0') || '{}')::uuid"
_FIRST_OF_HOUR, _FIRST_OF_DAY = (_FIRST.format(span, "70008000000000000000") for span in ("hour", "day"))
#: Each by an index, and bounded: a scrape must cost nothing (DESIGN §7).
QUESTIONS = (
    Question(
        "signoff_queue_depth",
        "Deliveries that are not at their end: due now, due later, claimed, sending.",
        """
        SELECT 'due', count(*) FROM send_queue WHERE status = 'queued' AND due_at <= now()
        UNION ALL SELECT 'later', count(*) FROM send_queue WHERE status = 'queued' AND due_at > now()
        UNION ALL SELECT 'claimed', count(*) FROM send_queue WHERE status = 'claimed'
        UNION ALL SELECT 'sending', count(*) FROM send_queue WHERE status = 'sending'
        """,
        ("state",),
    ),
    Question(
        "signoff_queue_age_seconds",
        "How long the longest-waiting delivery has been due; 0 with nothing due.",
        """
        SELECT greatest(0, coalesce(extract(epoch FROM now() - min(due_at)), 0)) FROM send_queue
        WHERE status = 'queued' AND due_at <= now()
        """,
    ),
    Question(
        "signoff_leases_expired",
        "Deliveries whose lease ran out and that the clock has not closed yet.",
        "SELECT count(*) FROM send_queue WHERE status IN ('claimed', 'sending') AND lease_until < now()",
    ),
    Question(
        "signoff_deliveries_last_hour",
        "Attempts started in the last hour, by outcome (or open) and the phase where they stopped.",
        f"""
        SELECT coalesce(outcome, 'open'), coalesce(phase, 'none'), count(*) FROM send_attempts
        WHERE id >= {_FIRST_OF_HOUR}
        GROUP BY 1, 2
        """,  # noqa: S608  words of our own
        ("outcome", "phase"),
    ),
    Question(
        "signoff_outcomes_unknown",
        "Mails with an unknown outcome: each waits for a person.",
        "SELECT count(*) FROM send_queue WHERE status = 'outcome_unknown'",
    ),
    Question(
        "signoff_arrived_twice_last_hour",
        "Mails that a person had sent again, and of which both copies arrived.",
        f"""
        SELECT count(*) FROM message_events WHERE verb = 'duplicate'
            AND id >= {_FIRST_OF_HOUR}
        """,  # noqa: S608  words of our own
    ),
    Question(
        "signoff_sending_stopped",
        "1 while nothing is sent: a person stopped it, or the database was restored.",
        "SELECT count(*) FROM installation WHERE sending_stopped IS NOT NULL",
    ),
    Question(
        "signoff_slack_permissions_lost",
        "Kinds of call that Slack refused in the last day because the bot may not do that (any more).",
        f"""
        SELECT count(DISTINCT about) FROM alerts WHERE kind = 'slack_permissions'
            AND id >= {_FIRST_OF_DAY}
        """,  # noqa: S608  words of our own
    ),
    Question(
        "signoff_cards_behind",
        "Drafts of which some card does not show the latest state yet.",
        "SELECT count(*) FROM drafts WHERE drawn_revision < revision",
    ),
    Question(
        "signoff_card_lag_seconds",
        "Of the drafts whose cards are behind: how long ago the longest-waiting one last changed; 0 with none behind.",
        """
        SELECT coalesce(max(extract(epoch FROM now() - last.at)), 0)
        FROM (SELECT id FROM drafts WHERE drawn_revision < revision ORDER BY sync_after LIMIT 1000) AS behind
        CROSS JOIN LATERAL (
            SELECT at FROM message_events
            WHERE draft_id = behind.id AND to_status IS NOT NULL AND verb NOT IN ('claim', 'start')
            ORDER BY message_events.id DESC LIMIT 1
        ) AS last
        """,
    ),
)


def ask_postgres(deadline: Deadline, found: list[Metric]) -> Health:
    """Ask every question, and add each answer to `found` as it comes; what takes too long is left out."""
    try:
        with connect(deadline) as connection:
            for question in QUESTIONS:
                answer = _answer(connection, question)
                if answer is not None:
                    found.append(answer)
    except psycopg.OperationalError:
        return Health.AWAY
    finally:
        deadline.release()
    return Health.OK


def text(found: list[Metric], *, postgres: Health, redis: Health) -> bytes:
    """What Prometheus reads: these answers, what this process counted itself, and which parts are up."""
    up = GaugeMetricFamily("signoff_up", "Whether a part answers this process.", labels=["part"])
    up.add_metric(["postgres"], postgres == Health.OK)
    up.add_metric(["redis"], redis == Health.OK)
    unanswered = GaugeMetricFamily("signoff_questions_unanswered", "Metrics that Postgres did not answer in time.")
    unanswered.add_metric([], len(QUESTIONS) - len(found))
    return generate_latest(REGISTRY) + generate_latest(_of([*found, up, unanswered]))


def _answer(connection: "psycopg.Connection[tuple[object, ...]]", question: Question) -> Metric | None:
    family = GaugeMetricFamily(question.name, question.help, labels=question.labels)
    try:
        rows = ask(connection, question.sql)
    except (psycopg.errors.QueryCanceled, psycopg.ProgrammingError):  # too slow, or not migrated yet
        return None
    for *labels, value in rows:
        family.add_metric([str(label) for label in labels], float(str(value)))
    return family


def _of(metrics: list[Metric]) -> CollectorRegistry:
    """A registry of these metrics and nothing else."""

    class Collected:
        def collect(self) -> list[Metric]:
            return metrics

    registry = CollectorRegistry()
    registry.register(Collected())
    return registry
