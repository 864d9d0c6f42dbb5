"""Fold what names a person by rules of our own: lower() asks the server's locale, and makes two people of one.

The two columns of `contacts` were computed; now a trigger keeps them, so that no table is rewritten and no index built
anew: only rows that fold differently are touched. Of two contacts of one offer that turn out to be one person the elder
stays, and nothing leaves by the younger any more.
"""

from alembic import op

from migrations.load import load

revision = "fold_people"
down_revision = "tell_the_day_truly"

FUNCTIONS = (
    "fold_text",
    "percent_decoded",
    "fold_linkedin_url",
    "fold_contact",
    "fold_history",
    "fold_suppression",
    "carry_answers",
    "keep_contact",
    "mark_suppressed",
    "suppression_of",
)

#: One pass finds the place of a name taken that a later row of the same pass gives up: hence two.
CONTACTS = """
DO $$
DECLARE one record;
BEGIN
    FOR pass IN 1..2 LOOP
        FOR one IN SELECT id, offer_id, status, fold_text(email) AS email, fold_linkedin_url(linkedin_url) AS linkedin
            FROM contacts
            WHERE email_folded <> fold_text(email)
                OR linkedin_folded IS DISTINCT FROM fold_linkedin_url(linkedin_url)
            ORDER BY created_at, id
        LOOP
            BEGIN
                UPDATE contacts SET email_folded = one.email, linkedin_folded = one.linkedin WHERE id = one.id;
            EXCEPTION WHEN unique_violation THEN
                IF pass = 2 THEN
                    UPDATE contacts SET status = one.status
                    WHERE offer_id = one.offer_id AND email_folded = one.email
                        AND one.status IN ('do_not_contact', 'replied') AND status <> 'do_not_contact';
                    UPDATE contacts SET status = 'do_not_contact', linkedin_folded = NULL WHERE id = one.id;
                END IF;
            END;
        END LOOP;
    END LOOP;
END $$
"""

#: A Turkish server has made ı of I, and the letter that was written is not known any more: nobody is to be missed.
FOLDED_BEFORE = "CASE WHEN lower('I') <> 'i' THEN replace({0}, 'ı', 'i') ELSE {0} END"

SUPPRESSIONS = f"""
INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)
SELECT gen_random_uuid(), workspace_id, kind, fold_text({FOLDED_BEFORE.format("value_folded")}), reason
FROM suppressions WHERE fold_text({FOLDED_BEFORE.format("value_folded")}) <> value_folded
ON CONFLICT DO NOTHING
"""

#: A line that names nobody but a company's page names nobody; it stays as it is, and is nobody's.
HISTORY = f"""
UPDATE outreach_history
SET email_folded = {FOLDED_BEFORE.format("email_folded")}, linkedin_folded = fold_linkedin_url(linkedin_folded)
WHERE (fold_text({FOLDED_BEFORE.format("email_folded")}) <> email_folded
        OR fold_linkedin_url(linkedin_folded) IS DISTINCT FROM linkedin_folded)
    AND (email_folded IS NOT NULL OR fold_linkedin_url(linkedin_folded) IS NOT NULL)
"""

#: What was not found under the old names is found now: an entry of the suppression list, a mail, an answer.
AFTERWARDS = """
UPDATE contacts SET
    linkedin_url = linkedin_url,
    suppressed_by = coalesce(suppressed_by, suppression_of(workspace_id, email_folded, company)),
    last_contacted_at = greatest(
        last_contacted_at, last_contacted(workspace_id, email_folded, linkedin_folded, NULL)
    )
WHERE suppressed_by IS DISTINCT FROM suppression_of(workspace_id, email_folded, company)
    OR last_contacted_at IS DISTINCT FROM last_contacted(workspace_id, email_folded, linkedin_folded, NULL)
    OR email_folded <> lower(email)
    OR linkedin_url LIKE '%\\%%'
"""


def upgrade() -> None:
    load("functions", *FUNCTIONS)
    for column in ("email_folded", "linkedin_folded"):
        op.execute(f"ALTER TABLE contacts ALTER COLUMN {column} DROP EXPRESSION IF EXISTS")
    # Of a younger twin the trigger would find the elder one's place taken: until the names are right there is none.
    op.execute("DROP TRIGGER IF EXISTS fold_contact ON contacts")
    _run(CONTACTS)
    _run(SUPPRESSIONS)
    _run("ALTER TABLE outreach_history DISABLE TRIGGER keep_lines")
    _run(HISTORY)
    _run("ALTER TABLE outreach_history ENABLE TRIGGER keep_lines")
    _run(AFTERWARDS)
    load("triggers", "contacts.fold_contact")


def _run(statement: str) -> None:
    """Without parameters, and so with a percent sign as it is written."""
    op.get_bind().exec_driver_sql(statement, execution_options={"no_parameters": True})


def downgrade() -> None:
    """Nothing: the older version reads these columns and never writes them. Their functions go with its own."""
