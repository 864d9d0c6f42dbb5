"""Why a queued delivery waits, and until when: what a gate says now, or what it was put off for."""

from datetime import timedelta
from typing import Any

import pytest

from core.db import transaction
from core.delivery.explain import WaitReason, explain_wait, wait_reason
from core.delivery.gates import COOLING_OFF
from core.delivery.refusals import UNTIL_AN_ACT
from core.ids import new_id
from core.taxonomy import GateCode
from tests.core.delivery.claim_parts import queued
from tests.core.delivery.test_facts import ACCOUNT, DELIVERY, NOW
from tests.fixtures.domain import SENT, Domain

#: A Tuesday noon, at which nothing keeps a mail.
OPEN = ACCOUNT._replace(
    account_status="active", rest_reason=None, rest_code=None, rest_until=None, sending_stopped=None, warmup_start=None,
    next_spaced_at=None, country=None,
)  # fmt: skip
DUE = DELIVERY._replace(
    contact_status="available", last_contacted_at=None, being_written_to=False, step_before=None, suppressed_by=None,
    due_at=NOW, reason=None, held_code=None,
)  # fmt: skip
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PUT_OFF: dict[str, Any] = {"held_code": "sixty_days", "reason": "It was written to."}
PAUSED = "Autumn launch is paused."


@pytest.mark.parametrize(
    ("account", "delivery", "waits"),
    [
        ({}, {}, None),
        ({}, {"due_at": NOW + MINUTE}, None),  # in the time for an undo
        ({}, PUT_OFF, None),  # it is due by now
        ({}, PUT_OFF | {"due_at": NOW - MINUTE}, None),
        ({}, PUT_OFF | {"due_at": NOW + DAY}, ("It was written to.", GateCode.SIXTY_DAYS, NOW + DAY)),
        ({}, {"due_at": NOW + MINUTE, "reason": "It timed out."}, ("It timed out.", None, NOW + MINUTE)),
        # What is put off until the account is closed waits for it to open.
        (
            {},
            {"due_at": NOW + timedelta(hours=9), "reason": "It timed out."},
            ("It timed out.", None, NOW + timedelta(hours=21)),
        ),
        (
            {},
            {"last_contacted_at": NOW + DAY - COOLING_OFF},
            ("This person was written to on 16 May 2026; sixty days must pass.", GateCode.SIXTY_DAYS, NOW + DAY),
        ),
        (
            {"next_spaced_at": NOW + MINUTE},
            {"due_at": NOW + 2 * MINUTE},
            ("sam@example.com waits a few minutes between two mails.", GateCode.SPACING, NOW + 2 * MINUTE),
        ),
        (
            {"next_spaced_at": NOW + 2 * MINUTE},
            {"due_at": NOW + MINUTE},
            ("sam@example.com waits a few minutes between two mails.", GateCode.SPACING, NOW + 2 * MINUTE),
        ),
        ({}, {"campaign_status": "paused"}, (PAUSED, GateCode.CAMPAIGN_NOT_ACTIVE, None)),
        # Nothing holds it any more, and nobody has let it go on yet.
        (
            {},
            {"due_at": UNTIL_AN_ACT, "held_code": "campaign_not_active", "reason": PAUSED},
            (PAUSED, GateCode.CAMPAIGN_NOT_ACTIVE, None),
        ),
        # Resumed and spaced: until when is not known before it is let go on.
        (
            {"next_spaced_at": NOW + MINUTE},
            {"due_at": UNTIL_AN_ACT, "held_code": "campaign_not_active", "reason": PAUSED},
            ("sam@example.com waits a few minutes between two mails.", GateCode.SPACING, None),
        ),
    ],
)
def test_why_it_waits(account: dict[str, Any], delivery: dict[str, Any], waits: Any) -> None:
    found = wait_reason(OPEN._replace(**account), DUE._replace(**delivery))
    assert found == (waits and WaitReason(*waits))


def test_only_what_is_queued_waits(domain: Domain) -> None:
    waits = queued(domain)
    domain.sql("UPDATE campaigns SET status = 'paused'")

    def explained() -> list[WaitReason | None]:
        with transaction() as tx:
            asked = ((waits, domain.account_id), (new_id(), domain.account_id), (waits, new_id()))
            return [explain_wait(tx, *each) for each in asked]

    assert explained() == [WaitReason(PAUSED, GateCode.CAMPAIGN_NOT_ACTIVE, None), None, None]
    domain.sql("UPDATE campaigns SET status = 'active'")
    claimed = domain.claim()
    domain.start(claimed)
    domain.finish(claimed, SENT)
    domain.sql("UPDATE campaigns SET status = 'paused'")
    assert explained() == [None, None, None]
