"""Look up by contact whether somebody is being written to.

Planned as one join, and with statistics from a moment at which nothing was under way, Postgres may read all that is
under way for every claim. `LIMIT` keeps the look-up of one contact to that contact's own rows.
"""

from alembic import op

revision = "look_up_whom_we_write_to"
down_revision = "note_whom_we_asked"

BEING_WRITTEN_TO = """
CREATE OR REPLACE FUNCTION being_written_to(workspace uuid, of_email text, of_linkedin text, own_delivery uuid)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM names_of(workspace, of_email, of_linkedin) n
        CROSS JOIN LATERAL (
            SELECT id FROM contacts WHERE workspace_id = workspace AND email_folded = n.email
            UNION ALL SELECT id FROM contacts WHERE workspace_id = workspace AND linkedin_folded = n.linkedin
        ) c
        CROSS JOIN LATERAL (
            SELECT FROM send_queue q
            WHERE q.contact_id = c.id AND q.status IN ('claimed', 'sending') AND q.id <> own_delivery LIMIT 1
        ) under_way
    );
END $$;
"""

BEING_WRITTEN_TO_BEFORE = """
CREATE OR REPLACE FUNCTION being_written_to(workspace uuid, of_email text, of_linkedin text, own_delivery uuid)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM contacts_of(workspace, of_email, of_linkedin) c (id)
        JOIN send_queue q ON q.contact_id = c.id AND q.status IN ('claimed', 'sending')
        WHERE q.id <> own_delivery
    );
END $$;
"""


def upgrade() -> None:
    op.execute(BEING_WRITTEN_TO)


def downgrade() -> None:
    op.execute(BEING_WRITTEN_TO_BEFORE)
