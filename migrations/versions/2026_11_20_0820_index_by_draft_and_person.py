"""Index the attempts of a draft, and the drafts of a person. Beside the traffic, and by itself.

As it starts, each attempt asks whether another of its draft arrived, and each card which of them were given up. A draft
is looked for by the address of its recipient (`core/queue.py`).

And say that one person has few names and few contacts: by default Postgres expects a thousand rows of a function, and
reads all contacts rather than look so many up.
"""

from alembic import op

revision = "index_by_draft_and_person"
down_revision = "expire_what_nobody_answers"

INDEXES = (
    ("ix_send_attempts_draft", "send_attempts", "draft_id"),
    ("ix_drafts_contact", "drafts", "contact_id"),
)
FUNCTIONS = ("names_of(uuid, text, text)", "contacts_of(uuid, text, text)")
#: Names and contacts of one person, about; and what Postgres takes where nothing is said.
FEW, BY_DEFAULT = 2, 1000


def upgrade() -> None:
    expect_rows(FEW)
    with op.get_context().autocommit_block():
        for name, table, column in INDEXES:
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)  # one left half made
            op.create_index(name, table, [column], postgresql_concurrently=True)


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    expect_rows(BY_DEFAULT)


def expect_rows(rows: int) -> None:
    for function in FUNCTIONS:
        op.execute(f"ALTER FUNCTION {function} ROWS {rows}")
