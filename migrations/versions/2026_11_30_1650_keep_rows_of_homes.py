"""Remember which rows a Home shows, so that they keep their places under the pointer of whoever uses it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "keep_rows_of_homes"
down_revision = "rest_accounts"


def upgrade() -> None:
    op.add_column("homes", sa.Column("listed", postgresql.ARRAY(sa.Uuid()), nullable=True))


def downgrade() -> None:
    op.drop_column("homes", "listed")
