"""What a declaration may say of an account's hours and limits."""

import re
from datetime import date, time
from typing import Annotated, Any

import holidays
from pydantic import AfterValidator, BeforeValidator, Field

#: ISO weekdays by the names that a person writes.
WEEKDAYS = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}


def whole(low: int, high: int) -> Any:
    """A whole number from `low` to `high`. No text and no `true`, which Python would count as one."""

    def check(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low:,} to {high:,}")
        return value

    return BeforeValidator(check)


def off_or(low: int, high: int) -> Any:
    """A whole number from `low` to `high`, or 0, which turns it off (None)."""

    def check(value: Any) -> int | None:
        if value is None or (type(value) is int and value == 0):
            return None
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low:,} to {high:,}, or 0 for never")
        return value

    return BeforeValidator(check)


def _time(value: Any, example: str) -> time:
    """`"09:00"`, or TOML's own 09:00:00."""
    if isinstance(value, time) and not (value.second or value.microsecond):
        return value
    match = re.fullmatch(r"(\d{2}):(\d{2})", value) if isinstance(value, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f'must be a time of day such as "{example}"')
    return time(int(match[1]), int(match[2]))


def _opening(value: Any) -> time:
    return _time(value, "09:00")


def _closing(value: Any) -> time:
    """Midnight is the end of the day."""
    return time(0) if value == "24:00" else _time(value, "18:00")


def _days(value: Any) -> list[int]:
    """Names of days as ISO numbers, in the order of the week."""
    if not isinstance(value, list) or not value:
        raise ValueError('must be a list of days such as ["mon", "tue"]')
    wrong = [day for day in value if not isinstance(day, str) or day.lower() not in WEEKDAYS]
    if wrong:
        raise ValueError(f"must hold only {', '.join(WEEKDAYS)}")
    days = [WEEKDAYS[day.lower()] for day in value]
    if len(set(days)) < len(days):
        raise ValueError("names a day twice")
    return sorted(days)


def _country(value: str) -> str:
    """A country whose public holidays the package `holidays` knows."""
    if not re.fullmatch(r"[A-Z]{2}", value) or value not in holidays.list_supported_countries():
        raise ValueError(
            "is not a country whose holidays are known; write two capital letters (ISO 3166-1), such as GB"
        )
    return value


def _warmup_day(value: Any) -> date:
    if type(value) is not date:
        raise ValueError("must be a date such as 2026-11-20, without quotes")
    return value


OpeningTime = Annotated[time, BeforeValidator(_opening)]
ClosingTime = Annotated[time, BeforeValidator(_closing)]
Days = Annotated[list[int], BeforeValidator(_days)]
Country = Annotated[str, Field(max_length=20), AfterValidator(_country)]
WarmupDay = Annotated[date, BeforeValidator(_warmup_day)]
