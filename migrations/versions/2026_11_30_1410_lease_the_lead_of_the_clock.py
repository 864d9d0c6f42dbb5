"""Lease the lead of the clock by a row, and read an account's day also where the server does not know its time zone."""

import sqlalchemy as sa
from alembic import op

from migrations.load import load

revision = "lease_the_lead_of_the_clock"
down_revision = "fold_people"

ZONES = ("day_begins", "day_there", "is_time_zone")
OF_THE_DAY = ("count_delivery", "count_task", "hold_count")
VIEWS = ("account_capacity", "todays_schedule")


def upgrade() -> None:
    load("functions", *ZONES, *OF_THE_DAY)
    load("views", *VIEWS)
    op.create_table(
        "clock_lease",
        sa.Column("id", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=True),
        sa.Column("token", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id", name=op.f("ck_clock_lease_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_lease")),
    )
    op.execute("INSERT INTO clock_lease (expires_at) VALUES ('epoch')")


def downgrade() -> None:
    """The functions stay: the migration before loads them too, into a database that is made from nothing."""
    op.drop_table("clock_lease")
