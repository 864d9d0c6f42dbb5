"""What an account may send: its limit, its warm-up, its spacing, its health, and whether it is paused."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from core.accounts import pausing
from core.delivery.gates import HEALTHY, limit_on
from core.hours import local_day
from core.ids import UUID
from core.models import Account, Delivery
from core.taxonomy import GateCode
from core.verify.scene import Broken, Scene

#: Mail may follow mail at once: where another rule than spacing is looked at.
AT_ONCE: dict[str, Any] = {"spacing_min_minutes": 0, "spacing_max_minutes": 0}


def limit(scene: Scene) -> str:
    """An account one mail below its limit sends one more, and not two."""
    account_id, allowed = _used_up_but_one(scene, scene.settings | AT_ONCE)
    return _nothing_more(scene, account_id, allowed)


def warm_up(scene: Scene) -> str:
    """A new account's limit grows by the day."""
    warming = {"warmup_start": 3, "warmup_step": 2, "warmup_from": local_day("UTC", scene.now()) - timedelta(days=1)}
    account_id, allowed = _used_up_but_one(scene, AT_ONCE | warming)
    if allowed != 5:
        raise Broken(f"on its second day a warm-up of 3, and 2 more each day, allows {allowed}")
    return f"on the second day of a warm-up: {_nothing_more(scene, account_id, allowed)}"


def _used_up_but_one(scene: Scene, settings: dict[str, Any]) -> tuple[UUID, int]:
    """An account of which one mail of today is left, and that is claimed; with its limit of today."""
    account_id = scene.account(**settings)
    mail = scene.mail(campaign_id=scene.campaign(account_id))
    facts = scene.facts(mail, account_id).account
    today = local_day(facts.timezone, scene.now())
    allowed = limit_on(facts, today)
    if allowed:
        scene.tx.execute(
            sa.update(Account).where(Account.id == account_id).values(counted_on=today, counted_emails=allowed - 1)
        )
        scene.claimed(account_id)
    else:
        scene.sql("UPDATE send_queue SET status = 'skipped', reason = 'Verify.' WHERE id = :id", id=mail.delivery_id)
    return account_id, allowed


def _nothing_more(scene: Scene, account_id: UUID, allowed: int) -> str:
    mail = scene.mail(campaign_id=scene.campaign(account_id))
    scene.held(mail, GateCode.DAILY_LIMIT, account_id)
    scene.refuses_the_claim(mail, "daily_limit:")
    went = f"the last of {allowed} went" if allowed else "the limit is 0"
    return f"{went}; one more was held, and refused by the database"


def time_zone(scene: Scene) -> str:
    """A change of its time zone does not restart an account's day."""
    west, east = "Pacific/Niue", "Pacific/Kiritimati"  # 25 hours apart: never the same day
    account_id = scene.account(daily_limit_emails=1, timezone=west, **AT_ONCE)
    scene.mail(campaign_id=scene.campaign(account_id))
    scene.claimed(account_id)
    mail = scene.mail(campaign_id=scene.campaign(account_id))
    for zone in (east, west):
        scene.tx.execute(sa.update(Account).where(Account.id == account_id).values(timezone=zone))
        scene.held(mail, GateCode.DAILY_LIMIT, account_id)
        scene.refuses_the_claim(mail, "daily_limit:")
    return "with its limit used in the west, it sent nothing more in the east, nor back in the west"


def ceiling(scene: Scene) -> str:
    """No limit can exceed what providers tolerate."""
    for column, most in (("emails", 100), ("messages", 40), ("connections", 20)):
        scene.refused(
            f"{most + 1} {column} a day",
            f"UPDATE accounts SET daily_limit_{column} = {most + 1} WHERE id = :id",  # noqa: S608  our own words
            f"{column}_a_day",
            id=scene.account_id,
        )
    return "101 emails, 41 messages and 21 connections a day were refused"


def spacing(scene: Scene) -> str:
    """An account keeps its spacing, drawn at random for each mail, between two mails."""
    settings = dict(scene.settings)
    if settings and not settings["spacing_max_minutes"]:
        settings |= {"spacing_min_minutes": 6, "spacing_max_minutes": 16}
    account_id = scene.account(**(settings | {"daily_limit_emails": 100, "warmup_start": None}))
    campaign_id = scene.campaign(account_id)
    low, high = settings.get("spacing_min_minutes", 6), settings.get("spacing_max_minutes", 16)
    first, second = scene.mail(campaign_id=campaign_id), scene.mail(campaign_id=campaign_id)
    drawn = scene.tx.scalar(sa.select(Delivery.spacing_seconds).where(Delivery.id == first.delivery_id))
    if drawn is None or not low * 60 <= drawn <= high * 60:
        raise Broken(f"{drawn} seconds were drawn, where {low} to {high} minutes were asked for")
    before = scene.now()
    scene.claimed(account_id)
    until = scene.tx.scalar(sa.select(Account.next_spaced_at).where(Account.id == account_id))
    if until is None or until < before + timedelta(seconds=drawn):
        raise Broken(f"the account did not note that it rests for {drawn} seconds")
    if drawn:
        scene.held(second, GateCode.SPACING, account_id)
        scene.refuses_the_claim(second, "spacing:")
    return f"{drawn // 60} min {drawn % 60} s were drawn from {low} to {high}; a second mail was held, and refused"


def health(scene: Scene) -> str:
    """An account with poor health sends nothing."""
    mail = scene.mail()
    scene.set_account(health_score=HEALTHY - 1)
    scene.held(mail, GateCode.ACCOUNT_UNHEALTHY)
    scene.set_account(health_score=HEALTHY)
    scene.claimed()
    return f"with a health of {HEALTHY - 1} nothing went, with {HEALTHY} it did"


def account_rests(scene: Scene) -> str:
    """A resting account sends nothing until its rest ends, and then starts with one mail."""
    account_id = scene.account_id
    mail, other = scene.mail(), scene.mail()
    scene.set_account(spacing_min_minutes=0, spacing_max_minutes=0, rest_reason="auth_failed", rest_since=sa.func.now())
    scene.held(mail, GateCode.ACCOUNT_RESTS)
    scene.refuses_the_claim(mail, "account_rests:")
    scene.set_account(rest_until=sa.func.now())
    scene.claimed()
    scene.refuses_the_claim(other, "account_rests:")
    scene.set_account(rest_reason=None, rest_since=None, rest_until=None)
    return f"a resting account of {account_id.hex[:8]} was held, and refused; when its time came, one mail tried"


def account_paused(scene: Scene) -> str:
    """A paused account sends nothing, not even mail that was already picked up."""
    return scene.stops(
        lambda: pausing.pause(scene.tx, scene.account_id, "Verify.", scene.by), GateCode.ACCOUNT_NOT_ACTIVE
    )
