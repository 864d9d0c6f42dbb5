"""What was sent before Signoff comes into the history, each line once, and is not forgotten again."""

from collections import Counter
from io import BytesIO
from typing import Any

import pytest

from core.actor import Actor
from core.intake.history_columns import Reading
from core.intake.history_file import HistoryFile
from core.intake.history_import import BATCH_LINES, Batch, import_history
from core.taxonomy import Surface
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

HEADER = "Email,LinkedIn,Date,Status"
DANA = "https://www.linkedin.com/in/Dana/"


def batches(domain: Domain, *lines: str, keep: bool = True) -> list[Batch]:
    file = HistoryFile(BytesIO("\n".join([HEADER, *lines]).encode()), Reading("UTC"))
    return list(import_history(file, domain.workspace_id, Actor(Surface.CLI), keep=keep))


def imported(domain: Domain, *lines: str, keep: bool = True) -> Batch:
    """All batches as one."""
    total = Batch()
    for batch in batches(domain, *lines, keep=keep):
        total.add(batch)
    return total


def history(domain: Domain) -> list[tuple[Any, ...]]:
    return domain.rows("SELECT email_folded, linkedin_folded, status FROM outreach_history ORDER BY id")


def declared(domain: Domain) -> list[dict[str, Any]]:
    return [data for (data,) in domain.rows("SELECT data FROM message_events WHERE verb = 'declare' ORDER BY id")]


LINES = [
    "A@example.org,,2026-01-05 10:00,sent",
    "b@example.org,https://www.linkedin.com/company/acme,2026-01-05,Replied",
    "c@example.org,https://www.linkedin.com/feed,2026-01-05,hard bounce",
    f",{DANA},2026-01-05,",
    "nobody,,2026-01-05,",
    "d@example.org,,,",
    *("e@example.org,,,skipped", "f@example.org,,,failed", "g@example.org,,,skipped"),
    "h@example.org,,2026-01-05,unsubscribed",
    "i@example.org,,,unsubscribed",
    *["a@example.org,,2026-01-05T10:00:00Z,sent"] * 2,
]
#: What has nothing to do with what was known before.
REST = {
    "not_sent": Counter(skipped=2, failed=1),
    "left_out": 2,
    "refused": [(6, "the address is not valid: no @ sign"), (7, "the date is missing")],
}
KEPT = [
    ("a@example.org", None, "sent"),
    ("b@example.org", None, "replied"),
    ("c@example.org", None, "bounced"),
    (None, "in/dana", "sent"),
    ("h@example.org", None, "sent"),
]


def test_each_line_is_kept_passed_over_or_refused_and_the_same_again_is_known(domain: Domain) -> None:
    assert imported(domain, *LINES) == Batch(new=5, known=2, suppressed=2, **REST)  # type: ignore[arg-type]
    assert history(domain) == KEPT
    why = "They had opted out before: from an imported history."
    assert domain.rows("SELECT kind, value_folded, reason FROM suppressions ORDER BY 2") == [
        ("address", "h@example.org", why),
        ("address", "i@example.org", why),
    ]
    channels = "SELECT workspace_id, channel, contacted_at::text FROM outreach_history ORDER BY id"
    midnight = "2026-01-05 23:59:59+00"
    assert domain.rows(channels) == [
        (domain.workspace_id, "email", "2026-01-05 10:00:00+00"),
        *[(domain.workspace_id, "email", midnight)] * 2,
        (domain.workspace_id, "linkedin", midnight),
        (domain.workspace_id, "email", midnight),
    ]
    event = {"kind": "history", "new": 5, "changed": 0, "suppressed": 2}
    columns = "SELECT workspace_id, surface, data FROM message_events"
    assert domain.rows(columns) == [(domain.workspace_id, "cli", event)]
    assert imported(domain, *LINES) == Batch(known=8, **REST)  # type: ignore[arg-type]
    assert (history(domain), declared(domain)) == (KEPT, [event])


def test_batches_add_up() -> None:
    total = Batch(1, 2, 3, 4, Counter(skipped=5, failed=6), 7, [(8, "a")])
    total.add(Batch(10, 20, 30, 40, Counter(skipped=50, new=60), 70, [(80, "b")]))
    sums = Counter(skipped=55, failed=6, new=60)
    assert total == Batch(11, 22, 33, 44, sums, 77, [(8, "a"), (80, "b")])


def test_a_dry_run_tells_the_same_and_keeps_nothing(domain: Domain) -> None:
    assert imported(domain, *LINES, keep=False) == Batch(new=5, known=2, suppressed=2, **REST)  # type: ignore[arg-type]
    assert (history(domain), domain.rows("SELECT FROM suppressions"), declared(domain)) == ([], [], [])


@pytest.mark.parametrize("keep", [True, False])
def test_a_line_counts_once_also_where_it_stands_in_two_batches(domain: Domain, keep: bool) -> None:
    lines = [f"dana{number}@example.org,,2026-01-05," for number in range(BATCH_LINES)]
    assert batches(domain, *lines, *lines, "new@example.org,,2026-01-05,", lines[0], keep=keep) == [
        Batch(new=BATCH_LINES),
        Batch(known=BATCH_LINES),
        Batch(new=1, known=1),
    ]
    assert len(history(domain)) == (BATCH_LINES + 1 if keep else 0)
    assert [data["new"] for data in declared(domain)] == ([BATCH_LINES, 1] if keep else [])


def test_a_batch_is_kept_when_it_is_handed_out(domain: Domain) -> None:
    lines = [f"dana{number}@example.org,,2026-01-05," for number in range(BATCH_LINES + 1)]
    file = HistoryFile(BytesIO("\n".join([HEADER, *lines]).encode()), Reading("UTC"))
    assert next(import_history(file, domain.workspace_id, Actor(Surface.CLI), keep=True)) == Batch(new=BATCH_LINES)
    assert len(history(domain)) == BATCH_LINES


@pytest.mark.parametrize(
    ("before", "since", "becomes"),
    [
        ("sent", "Replied", "replied"),
        ("sent", "bounced", "bounced"),
        ("sent", "sent", None),
        ("Replied", "sent", None),
        ("bounced", "Replied", None),
    ],
)
def test_what_is_known_changes_only_where_it_has_bounced_or_was_answered_since(
    domain: Domain, before: str, since: str, becomes: str | None
) -> None:
    imported(domain, f"a@example.org,,2026-01-05,{before}", "b@example.org,,2026-01-05,sent")
    [(_, _, was), other] = history(domain)
    assert imported(domain, f"a@example.org,,2026-01-05,{since}") == (Batch(changed=1) if becomes else Batch(known=1))
    assert history(domain) == [("a@example.org", None, becomes or was), other]
    changed = {"kind": "history", "new": 0, "changed": 1, "suppressed": 0}
    assert declared(domain)[1:] == ([changed] if becomes else [])


def test_who_opted_out_is_put_on_the_list_once_whatever_was_known(domain: Domain) -> None:
    imported(domain, "a@example.org,,2026-01-05,sent")
    assert imported(domain, "a@example.org,,2026-01-05,unsub") == Batch(known=1, suppressed=1)
    assert imported(domain, "a@example.org,,,unsub", "b@example.org,,soon,unsub") == Batch(known=1, suppressed=1)
    assert [(each["new"], each["suppressed"]) for each in declared(domain)] == [(1, 0), (0, 1), (0, 1)]
    assert history(domain) == [("a@example.org", None, "sent")]


def test_each_that_changed_is_counted(domain: Domain) -> None:
    lines = [f"{name}@example.org,,2026-01-05," for name in "abc"]
    imported(domain, lines[0], lines[1])
    assert imported(domain, lines[0] + "bounced", lines[1] + "Replied", lines[2]) == Batch(new=1, changed=2)
