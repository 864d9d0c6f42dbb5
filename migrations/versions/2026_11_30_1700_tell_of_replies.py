"""Whoever approved a mail is told when it is answered: alerts are of one more kind."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "tell_of_replies"
down_revision = "keep_rows_of_homes"

KIND = "reply"


def upgrade() -> None:
    _have_kinds(lambda kinds: [*kinds, KIND])


def downgrade() -> None:
    op.execute(f"DELETE FROM alerts WHERE kind = '{KIND}'")
    _have_kinds(lambda kinds: [kind for kind in kinds if kind != KIND])


def _have_kinds(changed: Callable[[list[str]], list[str]]) -> None:
    """Change the kinds that the check knows, whichever those are; validated in a step of its own, which stops nobody."""
    known = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_alerts_kind_known'")
    )
    kinds = dict.fromkeys(changed(re.findall(r"'(\w+)'", known or "")))
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE alerts DROP CONSTRAINT ck_alerts_kind_known")
    op.execute(f"ALTER TABLE alerts ADD CONSTRAINT ck_alerts_kind_known CHECK (kind IN ({listed})) NOT VALID")
    op.execute("ALTER TABLE alerts VALIDATE CONSTRAINT ck_alerts_kind_known")
