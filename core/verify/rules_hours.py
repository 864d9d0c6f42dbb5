"""When an account may send: not on closed days, not at night, not on public holidays. By its own settings."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from core.delivery.gates import Facts, first_refusal
from core.hours import Hours, is_holiday, is_open
from core.taxonomy import GateCode, Timing
from core.verify.scene import Broken, Scene, hours_of

#: How far ahead a day is looked for.
A_YEAR = 400
KEYS = ("timezone", "country", "opens", "closes", "weekdays")
Settings = dict[str, Any]
#: What is tried where an account's own settings never close.
USUAL = {
    "timezone": "Europe/London",
    "country": "GB",
    "opens": time(9),
    "closes": time(18),
    "weekdays": [1, 2, 3, 4, 5],
}
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def closed_day(scene: Scene) -> str:
    """Nothing is sent on a weekday that is not one of the account's."""

    def closed(hours: Hours, day: date) -> bool:
        return day.isoweekday() not in hours.weekdays

    told = _at_noon_of(scene, closed)
    today = scene.now().astimezone(UTC).isoweekday()
    _claim(scene, {"timezone": "UTC", "weekdays": [day for day in EVERY_DAY if day != today]})
    return f"{told}; the claim held it on a day that is closed"


def night(scene: Scene) -> str:
    """Nothing is sent outside the account's hours."""
    hours, settings = _that_close(scene, lambda hours: hours.opens != time(0) or hours.closes != time(0))
    day = next(day for day in _days(scene) if is_open(hours, _at(hours, day, _middle(hours))))
    moments = []
    if hours.closes != time(0):
        moments.append(_at(hours, day, hours.closes))
    if hours.opens != time(0):
        moments.append(_at(hours, day, hours.opens) - timedelta(minutes=1))
    for at in moments:
        _gate(scene, settings, at)
    _gate_opens(scene, settings, _at(hours, day, hours.opens))
    hour = (scene.now().astimezone(UTC).hour + 12) % 24
    _claim(scene, {"timezone": "UTC", "weekdays": EVERY_DAY, "opens": time(hour), "closes": time((hour + 1) % 24)})
    told = " and ".join(f"{at.astimezone(hours.zone):%a %H:%M}" for at in moments)
    return f"{_whose(settings)}{told} in {hours.timezone} held it; the claim held it outside of an hour"


def holiday(scene: Scene) -> str:
    """Nothing is sent on a public holiday of the account's country."""

    def closed(hours: Hours, day: date) -> bool:
        return day.isoweekday() in hours.weekdays and is_holiday(hours.country, day)

    return _at_noon_of(scene, closed)


def _at_noon_of(scene: Scene, closed: Callable[[Hours, date], bool]) -> str:
    hours, settings = _that_close(scene, lambda hours: any(closed(hours, day) for day in _days(scene)))
    day = next(day for day in _days(scene) if closed(hours, day))
    at = _at(hours, day, _middle(hours))
    _gate(scene, settings, at)
    return f"{_whose(settings)}{at.astimezone(hours.zone):%a %-d %b %Y %H:%M} in {hours.timezone} was held"


def _that_close(scene: Scene, close: Callable[[Hours], bool]) -> tuple[Hours, Settings]:
    """The account's own settings, if they ever close so; else usual ones, so that the rule is tried at all."""
    if scene.settings and close(own := hours_of(scene.settings)):
        return own, {key: scene.settings[key] for key in KEYS}
    return hours_of(USUAL), dict(USUAL)


def _whose(settings: Settings) -> str:
    """Say so where it was not the account's own settings that were tried."""
    return "it never closes so; with 9-18, Monday to Friday, and British holidays: " if settings == USUAL else ""


def _gate(scene: Scene, settings: Settings, at: datetime) -> None:
    """The gates, asked about this moment, hold mail for the next slot, until a moment that is open."""
    hours = hours_of(settings)
    held = first_refusal(_facts(scene, settings, at))
    if held is None or held.code != GateCode.OUTSIDE_HOURS:
        raise Broken(f"at {at.astimezone(hours.zone):%a %-d %b %Y %H:%M} in {hours.timezone} the gates let it pass")
    if held.until is None or held.until <= at or not is_open(hours, held.until):
        raise Broken(f"it would go at {held.until}, which is closed too")


def _gate_opens(scene: Scene, settings: Settings, at: datetime) -> None:
    """A gate that never opens proves nothing."""
    held = first_refusal(_facts(scene, settings, at))
    if held is not None:
        raise Broken(f"in its hours the gates hold it: {held.sentence}")


def _facts(scene: Scene, settings: Settings, at: datetime) -> Facts:
    """What the gates would look at then."""
    account_id = scene.account(**settings)
    mail = scene.mail(campaign_id=scene.campaign(account_id), timing=Timing.NEXT_SLOT)
    return replace(scene.facts(mail, account_id), now=at)


def _claim(scene: Scene, settings: Settings) -> None:
    """The claim holds such mail of an account that is closed now."""
    account_id = scene.account(**settings)
    scene.held(
        scene.mail(campaign_id=scene.campaign(account_id), timing=Timing.NEXT_SLOT), GateCode.OUTSIDE_HOURS, account_id
    )


def _days(scene: Scene) -> list[date]:
    today = scene.now().astimezone(UTC).date()
    return [today + timedelta(days=ahead) for ahead in range(1, A_YEAR)]


def _at(hours: Hours, day: date, at: time) -> datetime:
    return datetime.combine(day, at, hours.zone).astimezone(UTC)


def _middle(hours: Hours) -> time:
    """Half-way between opening and closing."""
    opens, closes = (at.hour * 60 + at.minute for at in (hours.opens, hours.closes))
    middle = (opens + (closes or 24 * 60)) // 2
    return time(middle // 60, middle % 60)
