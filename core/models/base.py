"""What every table shares: ids, times, names of constraints, words of the taxonomy (DESIGN §7)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.ids import UUID, new_id


class Base(DeclarativeBase):
    """Ids are UUIDv7, times are `timestamptz`, constraints have names that read well in an error."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy's own way of declaring it
        str: sa.Text,
        datetime: sa.DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(sa.Text),
        list[int]: ARRAY(sa.SmallInteger),
    }


def one_of(column: str, words_: type[StrEnum]) -> sa.CheckConstraint:
    """A check that `column` holds a word of the taxonomy."""
    listed = ", ".join(f"'{word}'" for word in words_)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def in_state(*states: StrEnum) -> str:
    """`'a', 'b'` for an SQL `IN (…)`."""
    return ", ".join(f"'{state}'" for state in states)


def primary_key() -> Mapped[UUID]:
    return mapped_column(sa.Uuid, primary_key=True, default=new_id)


def belongs_to(target: str, **kwargs: Any) -> Mapped[Any]:
    return mapped_column(sa.Uuid, sa.ForeignKey(target), **kwargs)


def now_by_default() -> Mapped[datetime]:
    return mapped_column(server_default=sa.func.now())
