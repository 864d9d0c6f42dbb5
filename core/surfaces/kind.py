"""What a kind of surface is: the columns that say what Slack shows of a row, and who draws it now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from core.ids import UUID
from core.models.base import Base

Column = InstrumentedAttribute[Any]
Condition = sa.ColumnElement[bool] | InstrumentedAttribute[bool]


@dataclass(frozen=True, eq=False)
class Source:
    """What is shown: a row that is behind while Slack shows less, and is not looked at before `sync_after`."""

    table: type[Base]
    id: Column
    sync_after: Column
    behind: Condition
    #: Its optimistic version, and the latest that all of its messages show; a source that has none is its own surface.
    revision: Column | None = None
    drawn_revision: Column | None = None


@dataclass(frozen=True)
class Locked:
    """A drawing lock in hand: until then nobody else draws this row. Its time is the fencing token."""

    kind: "Kind[Any]" = field(repr=False)
    row_id: UUID
    locked_until: datetime


L = TypeVar("L", bound=Locked)


@dataclass(frozen=True, eq=False)
class Kind(Generic[L]):
    """One kind of what Slack shows, as data: `core/surfaces/reconcile.py` keeps its rows."""

    source: Source
    table: type[Base]
    id: Column
    source_id: Column
    #: What Slack shows: the source's revision, or a fingerprint.
    shows: Column
    #: What stands there while nobody knows.
    unknown: int | None
    #: The drawing lock: until when.
    lock: Column
    #: What a lock gives, from these columns.
    gives: Callable[..., L]
    reads: tuple[Column | sa.Label[Any], ...]
    #: What may be drawn at all.
    drawable: tuple[Condition, ...] = ()
    #: Where the message is; when a first post was tried; why none can be had. A kind without `gone` shows it as drawn.
    channel: Column | None = None
    ts: Column | None = None
    tried: Column | None = None
    gone: Column | None = None
    #: What is forgotten with a message.
    beneath: tuple[Column, ...] = ()
    #: What else is written as the lock is taken, and as the drawing is recorded.
    at_lock: Mapping[Column, Any] = field(default_factory=dict)
    at_record: Mapping[Column, Any] = field(default_factory=dict)
    #: What there is to draw has changed since the lock was taken: for a source without a revision.
    changed: sa.ColumnElement[bool] = field(default_factory=sa.false)
    #: A message that is gone for good is a change of its source: others are asked.
    asks_others: bool = False
    #: Values of a row for a message of ours that no row knows.
    stray: Mapping[Column, Any] = field(default_factory=dict)

    def shows_less(self, shows: int | str) -> Condition:
        """The row shows an older revision, or another fingerprint."""
        return self.shows < shows if isinstance(shows, int) else self.shows.is_distinct_from(shows)
