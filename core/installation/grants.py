"""What the user of DATABASE_URL must be allowed: it need not own the tables, which `signoff migrate` alone changes."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.models import ATTEMPT_NUMBERS, Alert, Base, CampaignReviewer

#: Nothing else is ever deleted.
DELETED = frozenset({Alert.__tablename__, CampaignReviewer.__tablename__})
SCHEMA_VERSION = "alembic_version"

_MISSING = sa.text("""
    SELECT needed.privilege, needed.name FROM unnest(CAST(:names AS text[]), CAST(:privileges AS text[]))
        AS needed (name, privilege)
    WHERE to_regclass(needed.name) IS NOT NULL AND NOT CASE needed.privilege
        WHEN 'USAGE' THEN has_sequence_privilege(needed.name, needed.privilege)
        ELSE has_table_privilege(needed.name, needed.privilege) END
    ORDER BY 1, 2
""")


class Grant(NamedTuple):
    """A privilege, and the table or sequence that it is for."""

    privilege: str
    name: str

    def __str__(self) -> str:
        return f"{self.privilege} on {self.name}"


def needed() -> list[Grant]:
    """Every grant that the processes need, whoever owns the tables."""
    tables = sorted(Base.metadata.tables)
    ordinary = [Grant(privilege, name) for name in tables for privilege in ("SELECT", "INSERT", "UPDATE")]
    deleted = [Grant("DELETE", name) for name in sorted(DELETED)]
    return [*ordinary, *deleted, Grant("USAGE", ATTEMPT_NUMBERS.name), Grant("SELECT", SCHEMA_VERSION)]


def missing(tx: Connection) -> list[Grant]:
    """Those of them that the user of this transaction lacks."""
    grants = needed()
    names, privileges = [grant.name for grant in grants], [grant.privilege for grant in grants]
    return [Grant(*row) for row in tx.execute(_MISSING, {"names": names, "privileges": privileges})]
