-- A database as the last of the 26 migrations left it (pg_dump --inserts --no-owner of PostgreSQL 18), with the rows of a
-- day's work: mails that were sent, rejected, queued, of unknown outcome, and drafts in review. Never written anew.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.accounts (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    channel text DEFAULT 'email'::text NOT NULL,
    address text NOT NULL,
    name text NOT NULL,
    smtp_url text NOT NULL,
    timezone text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    paused_reason text,
    rotation_set text,
    country text,
    opens time without time zone DEFAULT '09:00:00'::time without time zone NOT NULL,
    closes time without time zone DEFAULT '18:00:00'::time without time zone NOT NULL,
    weekdays smallint[] DEFAULT '{1,2,3,4,5}'::smallint[] NOT NULL,
    daily_limit_emails integer DEFAULT 100 NOT NULL,
    daily_limit_messages integer DEFAULT 38 NOT NULL,
    daily_limit_connections integer DEFAULT 20 NOT NULL,
    warmup_start integer,
    warmup_step integer DEFAULT 5 NOT NULL,
    warmup_from date,
    spacing_min_minutes integer DEFAULT 6 NOT NULL,
    spacing_max_minutes integer DEFAULT 16 NOT NULL,
    counted_on date,
    counted_emails integer DEFAULT 0 NOT NULL,
    counted_messages integer DEFAULT 0 NOT NULL,
    counted_connections integer DEFAULT 0 NOT NULL,
    next_spaced_at timestamp with time zone,
    next_send_at timestamp with time zone,
    health_score integer,
    health_reasons text[] DEFAULT '{}'::text[] NOT NULL,
    spam_rate double precision,
    health_at timestamp with time zone,
    watched_from timestamp with time zone,
    count_holds_until timestamp with time zone,
    CONSTRAINT ck_accounts_channel_known CHECK ((channel = ANY (ARRAY['email'::text, 'linkedin'::text]))),
    CONSTRAINT ck_accounts_connections_a_day CHECK (((daily_limit_connections >= 0) AND (daily_limit_connections <= 20))),
    CONSTRAINT ck_accounts_emails_a_day CHECK (((daily_limit_emails >= 0) AND (daily_limit_emails <= 100))),
    CONSTRAINT ck_accounts_health_is_a_score CHECK (((health_score >= 0) AND (health_score <= 100))),
    CONSTRAINT ck_accounts_iso_weekdays CHECK ((weekdays <@ '{1,2,3,4,5,6,7}'::smallint[])),
    CONSTRAINT ck_accounts_messages_a_day CHECK (((daily_limit_messages >= 0) AND (daily_limit_messages <= 40))),
    CONSTRAINT ck_accounts_opens_before_it_closes CHECK (((opens < closes) OR (closes = '00:00:00'::time without time zone))),
    CONSTRAINT ck_accounts_spacing_in_order CHECK (((spacing_min_minutes >= 0) AND (spacing_min_minutes <= spacing_max_minutes))),
    CONSTRAINT ck_accounts_status_known CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text])))
);

CREATE FUNCTION public.account_counted_on(account public.accounts, counted_as text, day date) RETURNS integer
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN account.counted_on IS NULL
            OR (account.counted_on < day AND coalesce(account.count_holds_until <= clock_timestamp(), true)) THEN 0
        ELSE CASE counted_as
            WHEN 'email' THEN account.counted_emails
            WHEN 'message' THEN account.counted_messages
            ELSE account.counted_connections
        END
    END
$$;

CREATE FUNCTION public.account_limit_on(account public.accounts, counted_as text, day date) RETURNS integer
    LANGUAGE sql STABLE
    AS $$
    SELECT least(
        CASE counted_as
            WHEN 'email' THEN account.daily_limit_emails
            WHEN 'message' THEN account.daily_limit_messages
            ELSE account.daily_limit_connections
        END,
        CASE WHEN account.warmup_start IS NULL OR account.warmup_from IS NULL THEN 1000000
             ELSE greatest(0, account.warmup_start + greatest(0, day - account.warmup_from) * account.warmup_step) END
    )
$$;

CREATE FUNCTION public.answer_of(workspace uuid, of_email text, of_linkedin text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (
        SELECT min(c.status) FROM names_of(workspace, of_email, of_linkedin) n
        CROSS JOIN LATERAL (
            SELECT status FROM contacts WHERE workspace_id = workspace AND email_folded = n.email
            UNION ALL SELECT status FROM contacts WHERE workspace_id = workspace AND linkedin_folded = n.linkedin
        ) c
        WHERE c.status IN ('do_not_contact', 'replied')
    );
END $$;

CREATE FUNCTION public.being_asked_for(workspace uuid, of_email text, of_linkedin text, own_task uuid, own_sequence uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN EXISTS (SELECT FROM tasks WHERE workspace_id = workspace AND status = 'offered') AND EXISTS (
        SELECT FROM contacts_of(workspace, of_email, of_linkedin) c (id)
        JOIN tasks t ON t.contact_id = c.id AND t.status = 'offered'
        WHERE t.id <> own_task AND (own_sequence IS NULL OR t.sequence_instance_id IS DISTINCT FROM own_sequence)
    );
END $$;

CREATE FUNCTION public.being_written_to(workspace uuid, of_email text, of_linkedin text, own_delivery uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
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

CREATE FUNCTION public.carry_answers() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE linkedin text := fold_linkedin_url(NEW.linkedin_url);
BEGIN
    IF NEW.status = 'do_not_contact' THEN
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT FROM contacts WHERE workspace_id = NEW.workspace_id AND status = 'do_not_contact'
            AND (email_folded = lower(NEW.email) OR linkedin_folded = linkedin)
    ) THEN
        NEW.status := 'do_not_contact';
        NEW.eligible_for_outreach := false;
    ELSIF EXISTS (
        SELECT FROM contacts WHERE workspace_id = NEW.workspace_id AND status = 'replied'
            AND (email_folded = lower(NEW.email) OR linkedin_folded = linkedin)
    ) OR EXISTS (
        SELECT FROM outreach_history WHERE workspace_id = NEW.workspace_id AND status = 'replied'
            AND (email_folded = lower(NEW.email) OR linkedin_folded = linkedin)
    ) THEN
        NEW.status := 'replied';
        NEW.eligible_for_outreach := false;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.contacts_of(workspace uuid, of_email text, of_linkedin text) RETURNS SETOF uuid
    LANGUAGE sql STABLE ROWS 2
    AS $$
    SELECT c.id FROM names_of(workspace, of_email, of_linkedin) n
    JOIN contacts c ON c.workspace_id = workspace AND c.email_folded = n.email
    UNION SELECT c.id FROM names_of(workspace, of_email, of_linkedin) n
    JOIN contacts c ON c.workspace_id = workspace AND c.linkedin_folded = n.linkedin
$$;

CREATE FUNCTION public.count_delivery() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    account accounts%ROWTYPE;
    person contacts%ROWTYPE;
    own_sequence uuid;
    said text;
    answers boolean;
    today date;
    used integer;
    written timestamptz;
BEGIN
    IF NEW.status = 'claimed' THEN
        SELECT * INTO STRICT account FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
        SELECT * INTO STRICT person FROM contacts WHERE id = NEW.contact_id;
        today := (clock_timestamp() AT TIME ZONE account.timezone)::date;
        used := account_counted_on(account, NEW.counted_as, today);
        IF used >= account_limit_on(account, NEW.counted_as, today) THEN
            RAISE EXCEPTION 'daily_limit: this account has used its % of today', used
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        -- An answer is one only to somebody who has written to us; by its name alone it passes nothing.
        answers := NEW.kind = 'reply' AND has_written(person.workspace_id, person.email_folded, person.linkedin_folded);
        IF NOT (answers AND NEW.timing = 'earliest') AND account.next_spaced_at > clock_timestamp() THEN
            RAISE EXCEPTION 'spacing: this account rests until %', account.next_spaced_at
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        said := answer_of(person.workspace_id, person.email_folded, person.linkedin_folded);
        IF said = 'do_not_contact' THEN
            RAISE EXCEPTION 'opted_out: this person asked not to be written to'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF said = 'replied' AND NOT answers THEN
            RAISE EXCEPTION 'replied: this person has replied' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NOT answers THEN
            -- A sequence writes again by its follow-ups, and not by another beginning.
            SELECT sequence_instance_id INTO own_sequence FROM drafts WHERE id = NEW.draft_id AND NEW.kind = 'follow_up';
            -- Two accounts that claim for one person at once take turns, and the second sees the first.
            PERFORM pg_advisory_xact_lock(key) FROM (
                SELECT DISTINCT hashtextextended(person.workspace_id::text || name, 60) AS key
                FROM names_of(person.workspace_id, person.email_folded, person.linkedin_folded) n,
                    LATERAL (VALUES ('email ' || n.email), ('linkedin ' || n.linkedin)) v (name)
                WHERE name IS NOT NULL ORDER BY key
            ) names;
            written := last_contacted(person.workspace_id, person.email_folded, person.linkedin_folded, own_sequence);
            IF written > clock_timestamp() - interval '60 days' THEN
                RAISE EXCEPTION 'sixty_days: this person was written to on %', written::date
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF being_written_to(person.workspace_id, person.email_folded, person.linkedin_folded, NEW.id) THEN
                RAISE EXCEPTION 'sixty_days: this person is being written to'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        END IF;
        UPDATE accounts SET
            counted_on = greatest(account.counted_on, today),
            counted_emails = account_counted_on(account, 'email', today) + (NEW.counted_as = 'email')::int,
            counted_messages = account_counted_on(account, 'message', today) + (NEW.counted_as = 'message')::int,
            counted_connections = account_counted_on(account, 'connection', today) + (NEW.counted_as = 'connection')::int,
            -- An answer that went in between must not shorten the wait of the mail before it.
            next_spaced_at = greatest(
                account.next_spaced_at, clock_timestamp() + make_interval(secs => NEW.spacing_seconds)
            )
        WHERE id = NEW.account_id;
        NEW.counted_on := greatest(account.counted_on, today);
        NEW.held_code := NULL;
    ELSIF OLD.counted_on IS NOT NULL AND NEW.status IN ('queued', 'failed') THEN
        -- Nothing left: the count of that day is given back, and another mail may go for it at once. The spacing stays:
        -- the server was spoken to.
        UPDATE accounts SET
            counted_emails = counted_emails - (NEW.counted_as = 'email')::int,
            counted_messages = counted_messages - (NEW.counted_as = 'message')::int,
            counted_connections = counted_connections - (NEW.counted_as = 'connection')::int,
            next_send_at = least(next_send_at, clock_timestamp())
        WHERE id = NEW.account_id AND counted_on = OLD.counted_on;
        NEW.counted_on := NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.count_task() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    account accounts%ROWTYPE;
    person contacts%ROWTYPE;
    today date;
    used integer;
    written timestamptz;
BEGIN
    IF NEW.status = 'offered' OR (NEW.status = 'done' AND OLD.counted_on IS NULL) THEN
        SELECT * INTO STRICT account FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
        today := (clock_timestamp() AT TIME ZONE account.timezone)::date;
        used := account_counted_on(account, NEW.kind, today);
        IF NEW.status = 'offered' THEN
            IF used >= account_limit_on(account, NEW.kind, today) THEN
                RAISE EXCEPTION 'daily_limit: this account has used its % of today', used
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            SELECT * INTO STRICT person FROM contacts WHERE id = NEW.contact_id;
            PERFORM pg_advisory_xact_lock(key) FROM (
                SELECT DISTINCT hashtextextended(person.workspace_id::text || name, 60) AS key
                FROM names_of(person.workspace_id, person.email_folded, person.linkedin_folded) n,
                    LATERAL (VALUES ('email ' || n.email), ('linkedin ' || n.linkedin)) v (name)
                WHERE name IS NOT NULL ORDER BY key
            ) names;
            written := last_contacted(
                person.workspace_id, person.email_folded, person.linkedin_folded, NEW.sequence_instance_id
            );
            IF written > clock_timestamp() - interval '60 days' THEN
                RAISE EXCEPTION 'sixty_days: this person was written to on %', written::date
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF being_written_to(person.workspace_id, person.email_folded, person.linkedin_folded, NEW.id)
                OR being_asked_for(person.workspace_id, person.email_folded, person.linkedin_folded, NEW.id,
                                   NEW.sequence_instance_id) THEN
                RAISE EXCEPTION 'sixty_days: this person is being written to'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        END IF;
        UPDATE accounts SET
            counted_on = today,
            counted_emails = account_counted_on(account, 'email', today),
            counted_messages = account_counted_on(account, 'message', today) + (NEW.kind = 'message')::int,
            counted_connections = account_counted_on(account, 'connection', today) + (NEW.kind = 'connection')::int
        WHERE id = NEW.account_id;
        NEW.counted_on := today;
    ELSIF NEW.status <> 'done' AND OLD.counted_on IS NOT NULL THEN
        UPDATE accounts SET
            counted_messages = counted_messages - (NEW.kind = 'message')::int,
            counted_connections = counted_connections - (NEW.kind = 'connection')::int
        WHERE id = NEW.account_id AND counted_on = OLD.counted_on;
        NEW.counted_on := NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.date_history() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.contacted_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION public.domains_of(email text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    RETURN ARRAY(SELECT array_to_string((string_to_array(split_part(domains_of.email, '@'::text, 2), '.'::text))[n.n:], '.'::text) AS array_to_string FROM generate_series(1, ((1 + length(domains_of.email)) - length(replace(domains_of.email, '.'::text, ''::text)))) n(n));

CREATE FUNCTION public.fold_history() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.email_folded := nullif(lower(btrim(NEW.email_folded)), '');
    NEW.linkedin_folded := fold_linkedin_url(NEW.linkedin_folded);
    RETURN NEW;
END $$;

CREATE FUNCTION public.fold_linkedin_url(url text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN NULLIF(regexp_replace(regexp_replace(regexp_replace(regexp_replace(lower(btrim(url)), '^((https?:)?//)?([a-z0-9-]+\.)*linkedin\.com/+'::text, ''::text), '[?#].*$'::text, ''::text), '^(mwlite/)?in/([^/]+)/.*$'::text, 'in/\2'::text), '/+$'::text, ''::text), ''::text);

CREATE FUNCTION public.fold_suppression() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.value_folded := lower(btrim(NEW.value_folded));
    IF NEW.kind = 'domain' THEN
        NEW.value_folded := ltrim(NEW.value_folded, '@.');
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.forget_history() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE outreach_history SET status = 'failed' WHERE delivery_id = NEW.id AND status = 'unknown';
    RETURN NULL;
END $$;

CREATE FUNCTION public.guard_approval() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    draft drafts%ROWTYPE;
    why text;
BEGIN
    SELECT * INTO STRICT draft FROM drafts WHERE id = NEW.draft_id FOR NO KEY UPDATE;
    IF draft.status <> 'needs_review' OR draft.version <> NEW.version THEN
        RAISE EXCEPTION 'version % of this draft is not in review', NEW.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    why := why_may_not_approve(draft, NEW.member_id);
    IF why IS NOT NULL THEN
        RAISE EXCEPTION '%', why USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM draft_versions v JOIN campaigns c ON c.id = draft.campaign_id AND NOT c.self_approval
        WHERE v.draft_id = NEW.draft_id AND v.version = NEW.version AND v.edited_by = NEW.member_id
    ) THEN
        RAISE EXCEPTION 'nobody is one of several who approve what they wrote'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.guard_attempt() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (NEW.delivery_id, NEW.draft_id, NEW.message_id, NEW.mime, NEW.mime_sha256)
        IS DISTINCT FROM (OLD.delivery_id, OLD.draft_id, OLD.message_id, OLD.mime, OLD.mime_sha256) THEN
        RAISE EXCEPTION 'what an attempt hands over cannot change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.started_at IS NOT NULL AND NEW.started_at IS DISTINCT FROM OLD.started_at THEN
        RAISE EXCEPTION 'an attempt starts once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.outcome IS DISTINCT FROM OLD.outcome AND OLD.outcome IN ('sent', 'not_sent') THEN
        RAISE EXCEPTION 'an attempt that ended as % cannot become %', OLD.outcome, NEW.outcome
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.started_at IS NULL AND NEW.started_at IS NOT NULL AND OLD.outcome IS NOT NULL THEN
        RAISE EXCEPTION 'an attempt that has ended cannot start' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.guard_contact() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the address of a contact cannot change: another address is another contact'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION public.guard_decision() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE why text := why_may_not_approve(NEW, NEW.decided_by);
BEGIN
    IF why IS NOT NULL THEN
        RAISE EXCEPTION '%', why USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.guard_delivery() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'queued' THEN
            RAISE EXCEPTION 'a delivery cannot begin as %', NEW.status
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        PERFORM FROM drafts WHERE id = NEW.draft_id AND status = 'approved' AND version = NEW.content_version FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'version % of this draft is not approved', NEW.content_version
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.draft_id, NEW.content_version, NEW.account_id, NEW.contact_id, NEW.campaign_id)
        IS DISTINCT FROM (OLD.draft_id, OLD.content_version, OLD.account_id, OLD.contact_id, OLD.campaign_id) THEN
        RAISE EXCEPTION 'what a delivery delivers cannot change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NOT (OLD.status || '>' || NEW.status) = ANY (ARRAY['queued>claimed', 'queued>cancelled', 'queued>skipped', 'claimed>queued', 'claimed>failed', 'claimed>sending', 'sending>queued', 'sending>failed', 'sending>sent', 'sending>outcome_unknown', 'outcome_unknown>sent', 'outcome_unknown>failed', 'outcome_unknown>queued', 'queued>sent', 'claimed>sent']) THEN
        RAISE EXCEPTION 'a delivery cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status = 'outcome_unknown' AND NEW.status = 'queued' AND NOT EXISTS (
        SELECT FROM send_attempts WHERE id = OLD.attempt_id AND overruled_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'a delivery cannot go back to the queue before a person overruled its attempt'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status IN ('queued', 'claimed') AND NEW.status = 'sent' AND NOT EXISTS (
        SELECT FROM send_attempts
        WHERE id = NEW.attempt_id AND delivery_id = NEW.id AND outcome = 'sent' AND overruled_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'a delivery cannot go from % to sent but by an overruled attempt that arrived', OLD.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'sending' AND NOT EXISTS (
        SELECT FROM send_attempts WHERE id = NEW.attempt_id AND delivery_id = NEW.id
            AND started_at IS NOT NULL AND outcome IS NULL
    ) THEN
        RAISE EXCEPTION 'a delivery cannot be sending without an attempt that has started'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'sent' AND NOT EXISTS (
        SELECT FROM send_attempts WHERE id = NEW.attempt_id AND delivery_id = NEW.id AND outcome = 'sent'
    ) THEN
        RAISE EXCEPTION 'a delivery cannot be sent without an attempt that was'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status IN ('queued', 'failed') AND EXISTS (
        SELECT FROM send_attempts WHERE delivery_id = NEW.id
            AND started_at IS NOT NULL AND ((overruled_at IS NULL AND outcome IS DISTINCT FROM 'not_sent') OR outcome = 'sent')
    ) THEN
        RAISE EXCEPTION 'a delivery cannot be % while an attempt may have left', NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION public.guard_draft() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE rules record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status NOT IN ('pending', 'needs_review', 'manual_review') OR NEW.version <> 1 THEN
            RAISE EXCEPTION 'a draft cannot begin as % with version %', NEW.status, NEW.version
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND NOT (OLD.status || '>' || NEW.status) = ANY (ARRAY['pending>needs_review', 'pending>manual_review', 'needs_review>manual_review', 'manual_review>needs_review', 'needs_review>approved', 'needs_review>rejected', 'manual_review>rejected', 'needs_review>expired', 'approved>needs_review', 'expired>needs_review', 'needs_review>pending', 'manual_review>pending', 'pending>rejected', 'pending>expired']) THEN
        RAISE EXCEPTION 'a draft cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.version <> OLD.version AND (
        NEW.version <> OLD.version + 1
        OR NEW.status NOT IN ('needs_review', 'manual_review')
        OR NOT (
            OLD.status IN ('pending', 'needs_review', 'manual_review')
            OR (OLD.status = 'approved' AND NEW.status <> OLD.status)
        )
    ) THEN
        RAISE EXCEPTION 'version % cannot follow version % of a draft that is %', NEW.version, OLD.version, OLD.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status = 'approved' AND NEW.status <> 'approved' AND EXISTS (
        SELECT FROM send_queue WHERE draft_id = OLD.id
            AND status IN ('queued', 'claimed', 'sending', 'sent', 'outcome_unknown')
    ) THEN
        RAISE EXCEPTION 'a draft with a live delivery stays approved'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'approved' AND OLD.status <> 'approved' THEN
        SELECT quorum, self_approval INTO rules FROM campaigns WHERE id = NEW.campaign_id;
        IF rules.quorum > 1 AND rules.quorum > (
            SELECT count(*) FROM draft_approvals WHERE draft_id = NEW.id AND version = NEW.version AND why_may_not_approve(NEW, member_id) IS NULL
        ) THEN
            RAISE EXCEPTION 'this campaign asks for % approvals of a version', rules.quorum
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NOT rules.self_approval AND EXISTS (
            SELECT FROM draft_versions v WHERE v.draft_id = NEW.id AND v.version = NEW.version AND (
                v.edited_by = NEW.decided_by OR v.edited_by IN (
                    SELECT member_id FROM draft_approvals WHERE draft_id = NEW.id AND version = NEW.version
                )
            )
        ) THEN
            RAISE EXCEPTION 'nobody approves what they wrote in this campaign'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END $$;

CREATE FUNCTION public.guard_overruling() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.overruled_at IS NOT NULL
        AND (NEW.overruled_at, NEW.overruled_by) IS DISTINCT FROM (OLD.overruled_at, OLD.overruled_by) THEN
        RAISE EXCEPTION 'an attempt is overruled once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.overruled_at IS NULL AND NEW.overruled_at IS NOT NULL AND (
        OLD.outcome IS DISTINCT FROM 'unknown' OR NEW.outcome IS DISTINCT FROM 'unknown'
        OR OLD.finished_at > clock_timestamp() - interval '30 minutes'
    ) THEN
        RAISE EXCEPTION 'an attempt can be overruled only 30 minutes after its outcome became unknown'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.started_at IS NULL AND NEW.started_at IS NOT NULL AND EXISTS (
        SELECT FROM send_attempts WHERE draft_id = NEW.draft_id AND outcome = 'sent'
    ) THEN
        RAISE EXCEPTION 'an attempt cannot start once another has arrived'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.guard_task() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'waiting' THEN
            RAISE EXCEPTION 'a task cannot begin as %', NEW.status USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        PERFORM FROM accounts WHERE id = NEW.account_id AND workspace_id = NEW.workspace_id AND channel = 'linkedin';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a task belongs to a LinkedIn account' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.workspace_id, NEW.campaign_id, NEW.account_id, NEW.contact_id, NEW.kind, NEW.text, NEW.link)
        IS DISTINCT FROM
        (OLD.workspace_id, OLD.campaign_id, OLD.account_id, OLD.contact_id, OLD.kind, OLD.text, OLD.link) THEN
        RAISE EXCEPTION 'what a task asks for cannot change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NOT (OLD.status || '>' || NEW.status) = ANY (ARRAY['waiting>offered', 'waiting>skipped', 'waiting>done', 'offered>waiting', 'offered>skipped', 'offered>could_not', 'offered>done', 'skipped>done']) THEN
        RAISE EXCEPTION 'a task cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'done' AND OLD.offers = 0 THEN
        RAISE EXCEPTION 'a task that nobody was offered cannot be done'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END $$;

CREATE FUNCTION public.has_written(workspace uuid, of_email text, of_linkedin text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM names_of(workspace, of_email, of_linkedin) n
        CROSS JOIN LATERAL (
            SELECT id, status FROM contacts WHERE workspace_id = workspace AND email_folded = n.email
            UNION ALL SELECT id, status FROM contacts WHERE workspace_id = workspace AND linkedin_folded = n.linkedin
        ) c
        WHERE c.status = 'replied' OR EXISTS (SELECT FROM inbound_messages WHERE contact_id = c.id)
    ) OR EXISTS (
        SELECT FROM names_of(workspace, of_email, of_linkedin) n
        CROSS JOIN LATERAL (
            SELECT status FROM outreach_history WHERE workspace_id = workspace AND email_folded = n.email
            UNION ALL
            SELECT status FROM outreach_history WHERE workspace_id = workspace AND linkedin_folded = n.linkedin
        ) h
        WHERE h.status = 'replied'
    );
END $$;

CREATE FUNCTION public.heed_tasks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM contacts c, drafts d WHERE c.id = NEW.contact_id AND d.id = NEW.draft_id
            AND being_asked_for(c.workspace_id, c.email_folded, c.linkedin_folded, NEW.id, d.sequence_instance_id)
    ) THEN
        RAISE EXCEPTION 'sixty_days: somebody was asked to write to this person'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.hold_count() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.counted_on >= (clock_timestamp() AT TIME ZONE OLD.timezone)::date
        OR OLD.count_holds_until > clock_timestamp() THEN
        NEW.count_holds_until := clock_timestamp() + interval '24 hours';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.keep_contact() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' OR (NEW.company, NEW.linkedin_url) IS DISTINCT FROM (OLD.company, OLD.linkedin_url) THEN
        NEW.suppressed_by := suppression_of(NEW.workspace_id, lower(NEW.email), NEW.company);
        NEW.last_contacted_at := greatest(
            NEW.last_contacted_at,
            last_contacted(NEW.workspace_id, lower(NEW.email), fold_linkedin_url(NEW.linkedin_url), NULL)
        );
    END IF;
    IF NEW.status IN ('available', 'cooling_off') THEN
        NEW.status := CASE WHEN NEW.last_contacted_at > clock_timestamp() - interval '60 days'
            THEN 'cooling_off' ELSE 'available' END;
    END IF;
    NEW.eligible_for_outreach := NEW.status = 'available' AND NEW.suppressed_by IS NULL;
    RETURN NEW;
END $$;

CREATE FUNCTION public.keep_history() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO outreach_history (id, workspace_id, channel, status, email_folded, linkedin_folded, contacted_at,
                                  delivery_id, account_id, sequence_instance_id)
    SELECT gen_random_uuid(), NEW.workspace_id, a.channel,
           CASE NEW.status WHEN 'sent' THEN 'sent' WHEN 'failed' THEN 'failed' ELSE 'unknown' END,
           c.email_folded, c.linkedin_folded, clock_timestamp(), NEW.id, NEW.account_id, d.sequence_instance_id
    FROM contacts c, drafts d, accounts a
    WHERE c.id = NEW.contact_id AND d.id = NEW.draft_id AND a.id = NEW.account_id
    -- Who bounced or replied has had the mail, whatever its server says late.
    ON CONFLICT (delivery_id) DO UPDATE SET status = excluded.status
        WHERE outreach_history.status NOT IN ('bounced', 'replied');
    RETURN NULL;
END $$;

CREATE FUNCTION public.keep_task() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO outreach_history (id, workspace_id, channel, status, email_folded, linkedin_folded, contacted_at,
                                  task_id, account_id, sequence_instance_id)
    SELECT gen_random_uuid(), NEW.workspace_id, 'linkedin', 'sent', c.email_folded, c.linkedin_folded,
           clock_timestamp(), NEW.id, NEW.account_id, NEW.sequence_instance_id
    FROM contacts c WHERE c.id = NEW.contact_id;
    RETURN NULL;
END $$;

CREATE FUNCTION public.keep_what_came_back() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.status = 'replied' OR (OLD.status = 'bounced' AND NEW.status <> 'replied') THEN
        NEW.status := OLD.status;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.last_contacted(workspace uuid, of_email text, of_linkedin text, own_sequence uuid) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (
        SELECT max(greatest(
            (SELECT max(contacted_at) FROM outreach_history
             WHERE workspace_id = workspace AND email_folded = n.email AND status <> 'failed'
               AND (own_sequence IS NULL OR sequence_instance_id IS DISTINCT FROM own_sequence)),
            (SELECT max(contacted_at) FROM outreach_history
             WHERE workspace_id = workspace AND linkedin_folded = n.linkedin AND status <> 'failed'
               AND (own_sequence IS NULL OR sequence_instance_id IS DISTINCT FROM own_sequence))
        )) FROM names_of(workspace, of_email, of_linkedin) n
    );
END $$;

CREATE FUNCTION public.look_again() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.next_send_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION public.mark_suppressed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE named uuid[];
BEGIN
    IF NEW.kind = 'address' THEN
        named := ARRAY(SELECT id FROM contacts WHERE workspace_id = NEW.workspace_id AND suppressed_by IS NULL
            AND email_folded = NEW.value_folded ORDER BY id FOR NO KEY UPDATE);
    ELSIF NEW.kind = 'domain' THEN
        named := ARRAY(SELECT id FROM contacts WHERE workspace_id = NEW.workspace_id AND suppressed_by IS NULL
            AND NEW.value_folded = ANY (domains_of(email_folded)) ORDER BY id FOR NO KEY UPDATE);
    ELSE
        named := ARRAY(SELECT id FROM contacts WHERE workspace_id = NEW.workspace_id AND suppressed_by IS NULL
            AND lower(btrim(company)) = NEW.value_folded ORDER BY id FOR NO KEY UPDATE);
    END IF;
    UPDATE contacts SET suppressed_by = NEW.kind WHERE id = ANY (named);
    RETURN NULL;
END $$;

CREATE FUNCTION public.names_of(workspace uuid, of_email text, of_linkedin text) RETURNS TABLE(email text, linkedin text)
    LANGUAGE sql STABLE ROWS 2
    AS $$
    SELECT of_email, of_linkedin
    UNION SELECT email_folded, linkedin_folded FROM contacts WHERE workspace_id = workspace AND email_folded = of_email
    UNION SELECT email_folded, linkedin_folded FROM contacts
        WHERE workspace_id = workspace AND linkedin_folded = of_linkedin
$$;

CREATE FUNCTION public.prepare_delivery() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE account accounts%ROWTYPE;
BEGIN
    SELECT * INTO STRICT account FROM accounts WHERE id = NEW.account_id;
    SELECT kind INTO STRICT NEW.kind FROM drafts WHERE id = NEW.draft_id;
    NEW.counted_as := CASE account.channel WHEN 'email' THEN 'email' ELSE 'message' END;
    NEW.priority := CASE NEW.timing WHEN 'earliest' THEN 10 ELSE 30 END + CASE NEW.kind WHEN 'reply' THEN 0 ELSE 10 END;
    IF NEW.timing <> 'earliest' AND EXISTS (
        SELECT FROM campaigns c, contacts t WHERE c.id = NEW.campaign_id AND t.id = NEW.contact_id
            AND c.recipient_hours AND t.timezone IS NOT NULL
    ) THEN
        NEW.priority := NEW.priority + 1;
    END IF;
    NEW.spacing_seconds := round(
        60 * (account.spacing_min_minutes + random() * (account.spacing_max_minutes - account.spacing_min_minutes))
    );
    RETURN NEW;
END $$;

CREATE FUNCTION public.refresh_outreach_eligibility() RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE changed integer;
BEGIN
    UPDATE contacts SET status = status WHERE status IN ('available', 'cooling_off')
        AND (status = 'cooling_off') <> coalesce(last_contacted_at > clock_timestamp() - interval '60 days', false);
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are kept as they were written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION public.ring_draft() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.sync_after := least(NEW.sync_after, now());
    RETURN NEW;
END $$;

CREATE FUNCTION public.show_campaign_on_tasks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE tasks SET revision = revision + 1 WHERE campaign_id = NEW.id AND status = 'offered';
    RETURN NULL;
END $$;

CREATE FUNCTION public.show_delivery() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE drafts SET revision = revision + 1 WHERE id = NEW.draft_id;
    RETURN NULL;
END $$;

CREATE FUNCTION public.spread_answer() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE same uuid[];
BEGIN
    same := ARRAY(
        SELECT id FROM contacts
        WHERE id IN (SELECT contacts_of(NEW.workspace_id, NEW.email_folded, NEW.linkedin_folded)) AND id <> NEW.id
            AND status NOT IN ('do_not_contact', NEW.status)
        ORDER BY id FOR NO KEY UPDATE
    );
    UPDATE contacts SET status = NEW.status, eligible_for_outreach = false WHERE id = ANY (same);
    RETURN NULL;
END $$;

CREATE FUNCTION public.suppression_of(workspace uuid, email text, firm text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (SELECT min(kind) FROM suppressions WHERE workspace_id = workspace AND (
        (kind = 'address' AND value_folded = email)
        OR (kind = 'domain' AND value_folded = ANY (domains_of(email)))
        OR (kind = 'company' AND value_folded = lower(btrim(firm)))
    ));
END $$;

CREATE FUNCTION public.take_delivery(delivery uuid, attempt uuid, lease interval) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE send_queue SET
        status = 'claimed', attempt_id = attempt, lease_until = clock_timestamp() + lease, reason = NULL
    WHERE id = delivery AND status = 'queued';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this delivery is not queued' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN true;
EXCEPTION WHEN integrity_constraint_violation THEN
    IF SQLERRM ~ '^(sixty_days|opted_out|replied):' THEN
        RETURN false;
    END IF;
    RAISE;
END $$;

CREATE FUNCTION public.tell_contacts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE same uuid[];
BEGIN
    same := ARRAY(
        SELECT id FROM contacts
        WHERE id IN (SELECT contacts_of(NEW.workspace_id, NEW.email_folded, NEW.linkedin_folded))
        ORDER BY id FOR NO KEY UPDATE
    );
    IF NEW.status <> 'failed' THEN
        UPDATE contacts SET
            last_contacted_at = greatest(last_contacted_at, NEW.contacted_at),
            status = CASE WHEN NEW.status = 'replied' AND status <> 'do_not_contact' THEN 'replied' ELSE status END
        WHERE id = ANY (same);
    ELSIF TG_OP = 'UPDATE' AND OLD.status <> 'failed' THEN
        -- What was counted has not left after all.
        UPDATE contacts SET last_contacted_at = last_contacted(workspace_id, email_folded, linkedin_folded, NULL)
        WHERE id = ANY (same) AND last_contacted_at = OLD.contacted_at;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.wake_account() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
    END IF;
    UPDATE accounts SET next_send_at = NEW.due_at
    WHERE id = NEW.account_id AND (next_send_at IS NULL OR next_send_at > NEW.due_at);
    RETURN NULL;
END $$;

CREATE FUNCTION public.wake_tasks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE tasks SET due_at = clock_timestamp() WHERE id IN (
        SELECT id FROM tasks
        WHERE account_id = NEW.id AND status = 'waiting' AND held_code IN ('daily_limit', 'outside_hours')
            AND due_at > clock_timestamp()
        FOR UPDATE SKIP LOCKED
    );
    RETURN NULL;
END $$;

CREATE FUNCTION public.watch_afresh() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.watched_from := clock_timestamp();
    RETURN NEW;
END $$;

CREATE TABLE public.drafts (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    key text NOT NULL,
    content_hash text NOT NULL,
    campaign_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    inbound_message_id uuid,
    kind text DEFAULT 'intro'::text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    risk text,
    risk_reasons text[] DEFAULT '{}'::text[] NOT NULL,
    confidence double precision,
    decided_by uuid,
    decided_at timestamp with time zone,
    decided_surface text,
    decision_note text,
    return_reason text,
    revision bigint DEFAULT '1'::bigint NOT NULL,
    drawn_revision bigint DEFAULT '0'::bigint NOT NULL,
    sync_after timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sequence_instance_id uuid,
    evidence text[],
    waits_since timestamp with time zone DEFAULT now() NOT NULL,
    assigned_to uuid,
    snoozed_until timestamp with time zone,
    snoozed_by uuid,
    change_note text,
    change_asked_by uuid,
    escalated_at timestamp with time zone,
    CONSTRAINT ck_drafts_confidence_is_a_share CHECK (((confidence >= (0)::double precision) AND (confidence <= (1)::double precision))),
    CONSTRAINT ck_drafts_decided_surface_known CHECK ((decided_surface = ANY (ARRAY['slack'::text, 'web'::text, 'api'::text, 'cli'::text, 'job'::text, 'provider'::text]))),
    CONSTRAINT ck_drafts_decided_when_decision CHECK (((status = ANY (ARRAY['approved'::text, 'rejected'::text])) = (decided_at IS NOT NULL))),
    CONSTRAINT ck_drafts_kind_known CHECK ((kind = ANY (ARRAY['intro'::text, 'follow_up'::text, 'reply'::text]))),
    CONSTRAINT ck_drafts_risk_known CHECK ((risk = ANY (ARRAY['low'::text, 'review'::text, 'blocked'::text]))),
    CONSTRAINT ck_drafts_snoozed_while_open CHECK (((snoozed_until IS NULL) OR (status = ANY (ARRAY['needs_review'::text, 'manual_review'::text])))),
    CONSTRAINT ck_drafts_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'needs_review'::text, 'manual_review'::text, 'approved'::text, 'rejected'::text, 'expired'::text]))),
    CONSTRAINT ck_drafts_version_from_one CHECK ((version >= 1))
);

CREATE FUNCTION public.why_may_not_approve(draft public.drafts, who uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    person members%ROWTYPE;
    highest text;
    risks CONSTANT text[] := ARRAY['low', 'review', 'blocked'];
BEGIN
    SELECT * INTO person FROM members WHERE id = who AND workspace_id = draft.workspace_id AND active;
    IF NOT FOUND OR person.role NOT IN ('reviewer', 'admin', 'owner') THEN
        RETURN 'only reviewers of its workspace approve a draft';
    END IF;
    IF person.role IN ('admin', 'owner') THEN
        RETURN NULL;
    END IF;
    IF draft.assigned_to IS DISTINCT FROM who AND NOT EXISTS (
        SELECT FROM campaign_reviewers WHERE campaign_id = draft.campaign_id AND member_id = who
    ) AND EXISTS (SELECT FROM campaign_reviewers WHERE campaign_id = draft.campaign_id) THEN
        RETURN 'only the reviewers of its campaign approve a draft';
    END IF;
    SELECT admins_above_risk INTO STRICT highest FROM campaigns WHERE id = draft.campaign_id;
    IF coalesce(array_position(risks, draft.risk), 4) > array_position(risks, highest) THEN
        RETURN 'only admins approve a draft of this risk';
    END IF;
    RETURN NULL;
END $$;

CREATE VIEW public.account_capacity AS
 SELECT a.workspace_id,
    a.id AS account_id,
    a.address,
    d.today AS day,
    k.kind,
    public.account_limit_on(a.*, k.kind, d.today) AS limit_today,
    public.account_counted_on(a.*, k.kind, d.today) AS used_today,
    GREATEST(0, (public.account_limit_on(a.*, k.kind, d.today) - public.account_counted_on(a.*, k.kind, d.today))) AS left_today,
    a.next_spaced_at
   FROM ((public.accounts a
     CROSS JOIN LATERAL ( SELECT ((now() AT TIME ZONE a.timezone))::date AS today) d)
     CROSS JOIN LATERAL unnest(
        CASE a.channel
            WHEN 'email'::text THEN ARRAY['email'::text]
            ELSE ARRAY['message'::text, 'connection'::text]
        END) k(kind));

CREATE TABLE public.message_events (
    id uuid NOT NULL,
    workspace_id uuid,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    verb text NOT NULL,
    surface text NOT NULL,
    member_id uuid,
    api_key_id uuid,
    draft_id uuid,
    delivery_id uuid,
    attempt_id uuid,
    campaign_id uuid,
    from_status text,
    to_status text,
    code text,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    task_id uuid,
    CONSTRAINT ck_message_events_code_known CHECK ((code = ANY (ARRAY['unknown_member'::text, 'role_too_low'::text, 'not_found'::text, 'stale_version'::text, 'already_decided'::text, 'draft_already_sending'::text, 'send_outcome_unknown'::text, 'blocked'::text, 'unknown_campaign'::text, 'unclear_campaign'::text, 'nothing_to_do'::text, 'too_early'::text, 'too_late'::text, 'not_a_reviewer'::text, 'own_work'::text, 'admins_only'::text, 'already_endorsed'::text]))),
    CONSTRAINT ck_message_events_surface_known CHECK ((surface = ANY (ARRAY['slack'::text, 'web'::text, 'api'::text, 'cli'::text, 'job'::text, 'provider'::text]))),
    CONSTRAINT ck_message_events_verb_known CHECK ((verb = ANY (ARRAY['ingest'::text, 'submit'::text, 'block'::text, 'edit'::text, 'approve'::text, 'reject'::text, 'expire'::text, 'return'::text, 'endorse'::text, 'undo'::text, 'request_changes'::text, 'snooze'::text, 'wake'::text, 'assign'::text, 'restore'::text, 'remind'::text, 'escalate'::text, 'claim'::text, 'release'::text, 'start'::text, 'deliver'::text, 'retry'::text, 'fail'::text, 'lose'::text, 'confirm'::text, 'resend'::text, 'cancel'::text, 'skip'::text, 'contradict'::text, 'duplicate'::text, 'stop_sending'::text, 'allow_sending'::text, 'bounce'::text, 'complain'::text, 'reply'::text, 'unsubscribe'::text, 'read'::text, 'refuse'::text, 'pause'::text, 'resume'::text, 'mute'::text, 'unmute'::text, 'offer'::text, 'done'::text, 'could_not'::text, 'install'::text, 'uninstall'::text, 'declare'::text])))
);

CREATE TABLE public.outreach_history (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    channel text DEFAULT 'email'::text NOT NULL,
    status text NOT NULL,
    email_folded text,
    linkedin_folded text,
    contacted_at timestamp with time zone NOT NULL,
    delivery_id uuid,
    account_id uuid,
    sequence_instance_id uuid,
    import_key text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    task_id uuid,
    CONSTRAINT ck_outreach_history_channel_known CHECK ((channel = ANY (ARRAY['email'::text, 'linkedin'::text]))),
    CONSTRAINT ck_outreach_history_names_a_person CHECK (((email_folded IS NOT NULL) OR (linkedin_folded IS NOT NULL))),
    CONSTRAINT ck_outreach_history_status_known CHECK ((status = ANY (ARRAY['sent'::text, 'unknown'::text, 'failed'::text, 'bounced'::text, 'replied'::text])))
);

CREATE VIEW public.account_health AS
 SELECT a.workspace_id,
    a.id AS account_id,
    a.address,
    (a.status = 'paused'::text) AS is_paused,
    a.paused_reason,
    a.health_score,
    a.health_reasons,
    a.health_at,
    a.spam_rate,
    f.sent_7,
    f.bounced_7,
    f.complained_7,
    ((f.bounced_7)::double precision / (NULLIF(f.sent_7, 0))::double precision) AS bounce_rate_7,
    ((f.complained_7)::double precision / (NULLIF(f.sent_7, 0))::double precision) AS complaint_rate_7,
    f.sent_30,
    f.bounced_30,
    f.complained_30,
    ((f.bounced_30)::double precision / (NULLIF(f.sent_30, 0))::double precision) AS bounce_rate_30,
    ((f.complained_30)::double precision / (NULLIF(f.sent_30, 0))::double precision) AS complaint_rate_30,
    f.sent_watched,
    f.bounced_watched,
    f.complained_watched
   FROM (public.accounts a
     CROSS JOIN LATERAL ( SELECT count(*) FILTER (WHERE m.lately) AS sent_7,
            count(*) FILTER (WHERE (m.lately AND m.bounced)) AS bounced_7,
            count(*) FILTER (WHERE (m.lately AND m.complained)) AS complained_7,
            count(*) AS sent_30,
            count(*) FILTER (WHERE m.bounced) AS bounced_30,
            count(*) FILTER (WHERE m.complained) AS complained_30,
            count(*) FILTER (WHERE m.watched) AS sent_watched,
            count(*) FILTER (WHERE (m.watched AND m.bounced)) AS bounced_watched,
            count(*) FILTER (WHERE (m.watched AND m.complained)) AS complained_watched
           FROM ( SELECT (h.contacted_at > (now() - '7 days'::interval)) AS lately,
                    (h.contacted_at > GREATEST((now() - '7 days'::interval), a.watched_from)) AS watched,
                    COALESCE(e.bounced, false) AS bounced,
                    COALESCE(e.complained, false) AS complained
                   FROM (public.outreach_history h
                     LEFT JOIN LATERAL ( SELECT bool_or(((message_events.verb = 'bounce'::text) AND ((message_events.data ->> 'hard'::text) = 'true'::text))) AS bounced,
                            bool_or((message_events.verb = 'complain'::text)) AS complained
                           FROM public.message_events
                          WHERE ((message_events.delivery_id = h.delivery_id) AND (message_events.verb = ANY (ARRAY['bounce'::text, 'complain'::text])))) e ON (true))
                  WHERE ((h.account_id = a.id) AND (h.contacted_at > (now() - '30 days'::interval)) AND (h.delivery_id IS NOT NULL) AND (h.status = ANY (ARRAY['sent'::text, 'bounced'::text, 'replied'::text])))) m) f);

CREATE TABLE public.campaigns (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    account_id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    mode text DEFAULT 'review'::text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    shown_status text DEFAULT 'active'::text NOT NULL,
    slack_channel text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    recipient_hours boolean DEFAULT false NOT NULL,
    routing text DEFAULT 'everyone'::text NOT NULL,
    quorum smallint DEFAULT '1'::smallint NOT NULL,
    self_approval boolean DEFAULT true NOT NULL,
    admins_above_risk text,
    CONSTRAINT ck_campaigns_admins_above_risk_known CHECK ((admins_above_risk = ANY (ARRAY['low'::text, 'review'::text, 'blocked'::text]))),
    CONSTRAINT ck_campaigns_mode_known CHECK ((mode = ANY (ARRAY['review'::text, 'auto_send'::text]))),
    CONSTRAINT ck_campaigns_quorum_of_a_few CHECK (((quorum >= 1) AND (quorum <= 5))),
    CONSTRAINT ck_campaigns_routing_known CHECK ((routing = ANY (ARRAY['everyone'::text, 'round_robin'::text, 'least_loaded'::text]))),
    CONSTRAINT ck_campaigns_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text, 'paused'::text, 'ended'::text])))
);

CREATE TABLE public.contacts (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    email text NOT NULL,
    email_folded text GENERATED ALWAYS AS (lower(email)) STORED NOT NULL,
    first_name text,
    last_name text,
    company text,
    title text,
    status text DEFAULT 'available'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    timezone text,
    linkedin_url text,
    linkedin_folded text GENERATED ALWAYS AS (public.fold_linkedin_url(linkedin_url)) STORED,
    last_contacted_at timestamp with time zone,
    eligible_for_outreach boolean DEFAULT true NOT NULL,
    suppressed_by text,
    CONSTRAINT ck_contacts_status_known CHECK ((status = ANY (ARRAY['available'::text, 'cooling_off'::text, 'do_not_contact'::text, 'replied'::text]))),
    CONSTRAINT ck_contacts_suppressed_by_known CHECK ((suppressed_by = ANY (ARRAY['address'::text, 'domain'::text, 'company'::text])))
);

CREATE TABLE public.installation (
    id boolean DEFAULT true NOT NULL,
    sending_stopped text,
    stopped_at timestamp with time zone,
    stopped_by text,
    confirmed_number bigint DEFAULT '0'::bigint NOT NULL,
    CONSTRAINT ck_installation_one_row CHECK (id),
    CONSTRAINT ck_installation_stopped_by_known CHECK ((stopped_by = ANY (ARRAY['person'::text, 'restore'::text])))
);

CREATE TABLE public.send_queue (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    draft_id uuid NOT NULL,
    content_version integer NOT NULL,
    campaign_id uuid NOT NULL,
    account_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    status text DEFAULT 'queued'::text NOT NULL,
    timing text DEFAULT 'earliest'::text NOT NULL,
    priority smallint DEFAULT '100'::smallint NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    attempt_id uuid,
    lease_until timestamp with time zone,
    reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text DEFAULT 'intro'::text NOT NULL,
    counted_as text DEFAULT 'email'::text NOT NULL,
    held_code text,
    spacing_seconds integer DEFAULT 0 NOT NULL,
    counted_on date,
    CONSTRAINT ck_send_queue_attempt_once_claimed CHECK (((status = ANY (ARRAY['queued'::text, 'cancelled'::text, 'skipped'::text])) OR (attempt_id IS NOT NULL))),
    CONSTRAINT ck_send_queue_counted_as_known CHECK ((counted_as = ANY (ARRAY['email'::text, 'message'::text, 'connection'::text]))),
    CONSTRAINT ck_send_queue_held_code_known CHECK ((held_code = ANY (ARRAY['sending_stopped'::text, 'campaign_not_active'::text, 'account_not_active'::text, 'account_unhealthy'::text, 'suppressed'::text, 'opted_out'::text, 'replied'::text, 'sixty_days'::text, 'daily_limit'::text, 'outside_hours'::text, 'spacing'::text]))),
    CONSTRAINT ck_send_queue_kind_known CHECK ((kind = ANY (ARRAY['intro'::text, 'follow_up'::text, 'reply'::text]))),
    CONSTRAINT ck_send_queue_lease_while_held CHECK (((status = ANY (ARRAY['claimed'::text, 'sending'::text])) = (lease_until IS NOT NULL))),
    CONSTRAINT ck_send_queue_status_known CHECK ((status = ANY (ARRAY['queued'::text, 'claimed'::text, 'sending'::text, 'sent'::text, 'outcome_unknown'::text, 'failed'::text, 'cancelled'::text, 'skipped'::text]))),
    CONSTRAINT ck_send_queue_timing_known CHECK ((timing = ANY (ARRAY['earliest'::text, 'next_slot'::text])))
);

CREATE TABLE public.tasks (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    key text NOT NULL,
    content_hash text NOT NULL,
    campaign_id uuid NOT NULL,
    account_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    sequence_instance_id uuid,
    step_order integer,
    kind text NOT NULL,
    text text NOT NULL,
    link text NOT NULL,
    status text DEFAULT 'waiting'::text NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    held_code text,
    reason text,
    offered_to uuid,
    offers integer DEFAULT 0 NOT NULL,
    counted_on date,
    done_by uuid,
    done_at timestamp with time zone,
    revision bigint DEFAULT '0'::bigint NOT NULL,
    drawn_revision bigint DEFAULT '0'::bigint NOT NULL,
    sync_after timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_tasks_counted_while_it_counts CHECK (((status = ANY (ARRAY['offered'::text, 'done'::text])) = (counted_on IS NOT NULL))),
    CONSTRAINT ck_tasks_held_code_known CHECK ((held_code = ANY (ARRAY['sending_stopped'::text, 'campaign_not_active'::text, 'account_not_active'::text, 'account_unhealthy'::text, 'suppressed'::text, 'opted_out'::text, 'replied'::text, 'sixty_days'::text, 'daily_limit'::text, 'outside_hours'::text, 'spacing'::text]))),
    CONSTRAINT ck_tasks_kind_known CHECK ((kind = ANY (ARRAY['message'::text, 'connection'::text]))),
    CONSTRAINT ck_tasks_offered_to_somebody CHECK (((status <> 'offered'::text) OR (offered_to IS NOT NULL))),
    CONSTRAINT ck_tasks_status_known CHECK ((status = ANY (ARRAY['waiting'::text, 'offered'::text, 'done'::text, 'could_not'::text, 'skipped'::text]))),
    CONSTRAINT ck_tasks_step_of_a_sequence CHECK (((step_order IS NULL) OR (sequence_instance_id IS NOT NULL))),
    CONSTRAINT ck_tasks_told_when CHECK (((status = ANY (ARRAY['done'::text, 'could_not'::text])) = (done_at IS NOT NULL)))
);

CREATE VIEW public.activity_feed AS
 SELECT h.workspace_id,
    h.id AS item_id,
    'sent'::text AS what,
    h.status,
    h.contacted_at AS at,
    h.channel,
    h.account_id,
    COALESCE(q.campaign_id, t.campaign_id) AS campaign_id,
    q.draft_id,
    q.id AS delivery_id,
    t.id AS task_id,
    COALESCE(q.contact_id, t.contact_id) AS contact_id,
    h.email_folded,
    h.linkedin_folded
   FROM ((public.outreach_history h
     LEFT JOIN public.send_queue q ON ((q.id = h.delivery_id)))
     LEFT JOIN public.tasks t ON ((t.id = h.task_id)))
  WHERE ((h.status <> 'failed'::text) AND ((h.delivery_id IS NULL) OR (q.status = ANY (ARRAY['sent'::text, 'outcome_unknown'::text]))))
UNION ALL
 SELECT q.workspace_id,
    q.id AS item_id,
    'scheduled'::text AS what,
    q.status,
        CASE
            WHEN (q.status = 'queued'::text) THEN
            CASE
                WHEN ((NOT COALESCE(((a.status <> 'active'::text) OR (a.health_score < 30) OR (s.sending_stopped IS NOT NULL)), false)) AND (c.status = 'active'::text)) THEN NULLIF(GREATEST(q.due_at, a.next_send_at), '9999-01-01 00:00:00+00'::timestamp with time zone)
                ELSE NULL::timestamp with time zone
            END
            ELSE NULL::timestamp with time zone
        END AS at,
    a.channel,
    q.account_id,
    q.campaign_id,
    q.draft_id,
    q.id AS delivery_id,
    NULL::uuid AS task_id,
    q.contact_id,
    p.email_folded,
    p.linkedin_folded
   FROM ((((public.send_queue q
     CROSS JOIN public.installation s)
     JOIN public.accounts a ON ((a.id = q.account_id)))
     JOIN public.campaigns c ON ((c.id = q.campaign_id)))
     JOIN public.contacts p ON ((p.id = q.contact_id)))
  WHERE (q.status = ANY (ARRAY['queued'::text, 'claimed'::text, 'sending'::text]))
UNION ALL
 SELECT t.workspace_id,
    t.id AS item_id,
    'scheduled'::text AS what,
    t.status,
        CASE
            WHEN ((t.status = 'waiting'::text) AND (NOT COALESCE(((a.status <> 'active'::text) OR (a.health_score < 30) OR (s.sending_stopped IS NOT NULL)), false)) AND (c.status = 'active'::text)) THEN t.due_at
            ELSE NULL::timestamp with time zone
        END AS at,
    a.channel,
    t.account_id,
    t.campaign_id,
    NULL::uuid AS draft_id,
    NULL::uuid AS delivery_id,
    t.id AS task_id,
    t.contact_id,
    p.email_folded,
    p.linkedin_folded
   FROM ((((public.tasks t
     CROSS JOIN public.installation s)
     JOIN public.accounts a ON ((a.id = t.account_id)))
     JOIN public.campaigns c ON ((c.id = t.campaign_id)))
     JOIN public.contacts p ON ((p.id = t.contact_id)))
  WHERE (t.status = ANY (ARRAY['waiting'::text, 'offered'::text]));

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE public.alerts (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    account_id uuid,
    member_id uuid,
    sentence text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    try_after timestamp with time zone DEFAULT now() NOT NULL,
    tried_at timestamp with time zone,
    told_at timestamp with time zone,
    gone_reason text,
    kind text DEFAULT 'account_paused'::text NOT NULL,
    draft_id uuid,
    about text,
    channel text,
    CONSTRAINT ck_alerts_a_member_or_a_channel CHECK (((member_id IS NULL) <> (channel IS NULL))),
    CONSTRAINT ck_alerts_kind_known CHECK ((kind = ANY (ARRAY['account_paused'::text, 'outcome_unknown'::text, 'queue_stuck'::text, 'slack_permissions'::text, 'draft_waiting'::text, 'campaign_switched'::text, 'digest'::text, 'reminder'::text])))
);

CREATE TABLE public.api_keys (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    name text NOT NULL,
    key_sha256 text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone
);

CREATE SEQUENCE public.attempt_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.campaign_reviewers (
    campaign_id uuid NOT NULL,
    member_id uuid NOT NULL,
    turn bigint DEFAULT '0'::bigint NOT NULL
);

CREATE TABLE public.cards (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    draft_id uuid NOT NULL,
    place text NOT NULL,
    member_id uuid,
    channel text,
    ts text,
    drawn_revision bigint DEFAULT '0'::bigint NOT NULL,
    held_until timestamp with time zone,
    tried_at timestamp with time zone,
    gone_reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    thread_ts text,
    thread_shows text,
    asks boolean DEFAULT true NOT NULL,
    thread_held_until timestamp with time zone,
    thread_tried_at timestamp with time zone,
    CONSTRAINT ck_cards_dm_has_member CHECK (((place = 'dm'::text) = (member_id IS NOT NULL))),
    CONSTRAINT ck_cards_place_known CHECK ((place = ANY (ARRAY['dm'::text, 'channel'::text, 'stray'::text])))
);

CREATE TABLE public.draft_approvals (
    draft_id uuid NOT NULL,
    version integer NOT NULL,
    member_id uuid NOT NULL,
    timing text NOT NULL,
    surface text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_draft_approvals_surface_known CHECK ((surface = ANY (ARRAY['slack'::text, 'web'::text, 'api'::text, 'cli'::text, 'job'::text, 'provider'::text]))),
    CONSTRAINT ck_draft_approvals_timing_known CHECK ((timing = ANY (ARRAY['earliest'::text, 'next_slot'::text])))
);

CREATE TABLE public.draft_versions (
    draft_id uuid NOT NULL,
    version integer NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    edited_by uuid,
    surface text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_draft_versions_subject_is_one_line CHECK ((subject !~ '[\x01-\x1f\x7f]'::text)),
    CONSTRAINT ck_draft_versions_surface_known CHECK ((surface = ANY (ARRAY['slack'::text, 'web'::text, 'api'::text, 'cli'::text, 'job'::text, 'provider'::text])))
);

CREATE TABLE public.homes (
    member_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    campaign_id uuid,
    risk text,
    page smallint DEFAULT '0'::smallint NOT NULL,
    drawn_at timestamp with time zone,
    shows text,
    held_until timestamp with time zone,
    sync_after timestamp with time zone DEFAULT now() NOT NULL,
    note text,
    CONSTRAINT ck_homes_risk_known CHECK ((risk = ANY (ARRAY['low'::text, 'review'::text, 'blocked'::text])))
);

CREATE TABLE public.inbound_messages (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    message_id text,
    subject text NOT NULL,
    body text NOT NULL,
    received_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.installations (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    slack_team_id text NOT NULL,
    bot_user_id text NOT NULL,
    scopes text[] NOT NULL,
    bot_token text,
    refresh_token text,
    expires_at timestamp with time zone,
    held_until timestamp with time zone,
    state_sha256 text NOT NULL,
    installed_by uuid,
    installed_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    reason text,
    CONSTRAINT ck_installations_refreshed_if_it_expires CHECK (((refresh_token IS NULL) = (expires_at IS NULL))),
    CONSTRAINT ck_installations_revoked_for_a_reason CHECK (((revoked_at IS NULL) = (reason IS NULL))),
    CONSTRAINT ck_installations_token_until_revoked CHECK (((revoked_at IS NULL) = (bot_token IS NOT NULL))),
    CONSTRAINT ck_installations_tokens_are_sealed CHECK (((bot_token ~~ 'enc:%'::text) AND (refresh_token ~~ 'enc:%'::text)))
);

CREATE VIEW public.leads_for_review AS
 SELECT d.workspace_id,
    d.id AS draft_id,
    d.key,
    d.campaign_id,
    d.contact_id,
    d.kind,
    d.status,
    d.risk,
    d.risk_reasons,
        CASE d.risk
            WHEN 'low'::text THEN 1
            WHEN 'review'::text THEN 2
            ELSE 3
        END AS risk_rank,
    p.score,
        CASE
            WHEN (p.score >= 80) THEN 'P1'::text
            WHEN (p.score >= 60) THEN 'P2'::text
            WHEN (p.score >= 40) THEN 'P3'::text
            WHEN (p.score IS NOT NULL) THEN 'P4'::text
            ELSE NULL::text
        END AS tier,
    d.return_reason,
    d.created_at,
    d.waits_since,
    d.version,
    d.confidence
   FROM (public.drafts d
     CROSS JOIN LATERAL ( SELECT (round(((100)::double precision * d.confidence)))::integer AS score) p)
  WHERE ((d.status = ANY (ARRAY['needs_review'::text, 'manual_review'::text])) AND (d.snoozed_until IS NULL))
  ORDER BY
        CASE d.risk
            WHEN 'low'::text THEN 1
            WHEN 'review'::text THEN 2
            ELSE 3
        END, d.confidence DESC NULLS LAST, d.created_at, d.id;

CREATE TABLE public.members (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    slack_user_id text NOT NULL,
    name text NOT NULL,
    email text,
    role text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    dm_channel text,
    checked_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    timezone text,
    quiet_from time without time zone,
    quiet_to time without time zone,
    muted_until timestamp with time zone,
    reminders smallint DEFAULT '0'::smallint NOT NULL,
    reminded_at timestamp with time zone,
    owed boolean DEFAULT false NOT NULL,
    CONSTRAINT ck_members_quiet_from_and_to CHECK (((quiet_from IS NULL) = (quiet_to IS NULL))),
    CONSTRAINT ck_members_role_known CHECK ((role = ANY (ARRAY['viewer'::text, 'reviewer'::text, 'admin'::text, 'owner'::text])))
);

CREATE TABLE public.offers (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    slug text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.send_attempts (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    draft_id uuid NOT NULL,
    message_id text NOT NULL,
    mime bytea NOT NULL,
    mime_sha256 text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    outcome text,
    phase text,
    code integer,
    reason text,
    reply text,
    number bigint DEFAULT nextval('public.attempt_numbers'::regclass) NOT NULL,
    overruled_at timestamp with time zone,
    overruled_by uuid,
    asked text,
    CONSTRAINT ck_send_attempts_finished_with_outcome CHECK (((outcome IS NULL) = (finished_at IS NULL))),
    CONSTRAINT ck_send_attempts_outcome_known CHECK ((outcome = ANY (ARRAY['not_sent'::text, 'sent'::text, 'unknown'::text]))),
    CONSTRAINT ck_send_attempts_overruled_by_a_person CHECK (((overruled_at IS NULL) = (overruled_by IS NULL))),
    CONSTRAINT ck_send_attempts_phase_known CHECK ((phase = ANY (ARRAY['connect'::text, 'greeting'::text, 'ehlo'::text, 'starttls'::text, 'auth'::text, 'mail'::text, 'rcpt'::text, 'start'::text, 'data'::text, 'body'::text, 'dot'::text, 'quit'::text]))),
    CONSTRAINT ck_send_attempts_sent_only_if_started CHECK (((outcome IS NULL) OR (outcome = 'not_sent'::text) OR (started_at IS NOT NULL)))
);

CREATE TABLE public.sequence_instances (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    key text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.suppressions (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    kind text NOT NULL,
    value_folded text NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_suppressions_kind_known CHECK ((kind = ANY (ARRAY['address'::text, 'domain'::text, 'company'::text])))
);

CREATE TABLE public.task_cards (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    task_id uuid NOT NULL,
    member_id uuid NOT NULL,
    channel text,
    ts text,
    drawn_revision bigint DEFAULT '0'::bigint NOT NULL,
    held_until timestamp with time zone,
    tried_at timestamp with time zone,
    gone_reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE VIEW public.todays_schedule AS
 SELECT q.workspace_id,
    a.id AS account_id,
    a.address,
    q.id AS delivery_id,
    q.draft_id,
    q.campaign_id,
    q.contact_id,
    h.status,
    h.contacted_at AS at,
    NULL::timestamp with time zone AS not_before,
    NULL::text AS held_code,
    NULL::text AS reason
   FROM ((public.accounts a
     JOIN public.outreach_history h ON (((h.account_id = a.id) AND (h.contacted_at >= ((((now() AT TIME ZONE a.timezone))::date)::timestamp without time zone AT TIME ZONE a.timezone)))))
     JOIN public.send_queue q ON (((q.id = h.delivery_id) AND (q.status = ANY (ARRAY['sent'::text, 'outcome_unknown'::text])))))
UNION ALL
 SELECT q.workspace_id,
    a.id AS account_id,
    a.address,
    q.id AS delivery_id,
    q.draft_id,
    q.campaign_id,
    q.contact_id,
    q.status,
    NULL::timestamp with time zone AS at,
    NULL::timestamp with time zone AS not_before,
    NULL::text AS held_code,
    NULL::text AS reason
   FROM (public.accounts a
     JOIN public.send_queue q ON (((q.account_id = a.id) AND (q.status = ANY (ARRAY['claimed'::text, 'sending'::text])))))
UNION ALL
 SELECT q.workspace_id,
    a.id AS account_id,
    a.address,
    q.id AS delivery_id,
    q.draft_id,
    q.campaign_id,
    q.contact_id,
    q.status,
    NULL::timestamp with time zone AS at,
        CASE
            WHEN ((NOT COALESCE(((a.status <> 'active'::text) OR (a.health_score < 30) OR (s.sending_stopped IS NOT NULL)), false)) AND (c.status = 'active'::text)) THEN NULLIF(GREATEST(q.due_at, a.next_send_at), '9999-01-01 00:00:00+00'::timestamp with time zone)
            ELSE NULL::timestamp with time zone
        END AS not_before,
    q.held_code,
    q.reason
   FROM (((((public.accounts a
     CROSS JOIN public.installation s)
     CROSS JOIN LATERAL ( SELECT ((now() AT TIME ZONE a.timezone))::date AS today) d)
     CROSS JOIN LATERAL ( SELECT (((d.today + 1))::timestamp without time zone AT TIME ZONE a.timezone) AS tomorrow) t)
     CROSS JOIN LATERAL (( SELECT send_queue.id,
            send_queue.workspace_id,
            send_queue.draft_id,
            send_queue.content_version,
            send_queue.campaign_id,
            send_queue.account_id,
            send_queue.contact_id,
            send_queue.status,
            send_queue.timing,
            send_queue.priority,
            send_queue.due_at,
            send_queue.tries,
            send_queue.attempt_id,
            send_queue.lease_until,
            send_queue.reason,
            send_queue.created_at,
            send_queue.changed_at,
            send_queue.kind,
            send_queue.counted_as,
            send_queue.held_code,
            send_queue.spacing_seconds,
            send_queue.counted_on
           FROM public.send_queue
          WHERE ((send_queue.account_id = a.id) AND (send_queue.status = 'queued'::text) AND (send_queue.due_at < t.tomorrow) AND (COALESCE(((a.status <> 'active'::text) OR (a.health_score < 30) OR (s.sending_stopped IS NOT NULL)), false) OR (a.next_send_at IS NULL) OR (a.next_send_at < t.tomorrow)))
          ORDER BY send_queue.priority, send_queue.due_at
         LIMIT GREATEST(0, (public.account_limit_on(a.*, 'email'::text, d.today) - public.account_counted_on(a.*, 'email'::text, d.today))))
        UNION ALL
        ( SELECT send_queue.id,
            send_queue.workspace_id,
            send_queue.draft_id,
            send_queue.content_version,
            send_queue.campaign_id,
            send_queue.account_id,
            send_queue.contact_id,
            send_queue.status,
            send_queue.timing,
            send_queue.priority,
            send_queue.due_at,
            send_queue.tries,
            send_queue.attempt_id,
            send_queue.lease_until,
            send_queue.reason,
            send_queue.created_at,
            send_queue.changed_at,
            send_queue.kind,
            send_queue.counted_as,
            send_queue.held_code,
            send_queue.spacing_seconds,
            send_queue.counted_on
           FROM public.send_queue
          WHERE ((send_queue.account_id = a.id) AND (send_queue.status = 'queued'::text) AND (send_queue.due_at >= '9999-01-01 00:00:00+00'::timestamp with time zone))
          ORDER BY send_queue.priority, send_queue.due_at
         LIMIT 100)) q)
     JOIN public.campaigns c ON ((c.id = q.campaign_id)));

CREATE TABLE public.workspaces (
    id uuid NOT NULL,
    name text NOT NULL,
    slack_team_id text NOT NULL,
    timezone text DEFAULT 'UTC'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    undo_seconds smallint DEFAULT '0'::smallint NOT NULL,
    open_cards smallint,
    remind_after_hours smallint,
    escalate_after_hours smallint,
    expire_after_days smallint,
    digest_at time without time zone,
    digest_channel text,
    digested_on date,
    CONSTRAINT ck_workspaces_a_handful_of_cards CHECK (((open_cards >= 1) AND (open_cards <= 100))),
    CONSTRAINT ck_workspaces_escalate_within_a_month CHECK (((escalate_after_hours >= 1) AND (escalate_after_hours <= 720))),
    CONSTRAINT ck_workspaces_expire_within_a_year CHECK (((expire_after_days >= 1) AND (expire_after_days <= 365))),
    CONSTRAINT ck_workspaces_remind_within_a_month CHECK (((remind_after_hours >= 1) AND (remind_after_hours <= 720))),
    CONSTRAINT ck_workspaces_undo_within_minutes CHECK (((undo_seconds >= 0) AND (undo_seconds <= 120)))
);

INSERT INTO public.accounts VALUES ('01a22a02-b248-7330-a887-8c72fecd9c87', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'email', 'sam@example.com', 'Sam Hill', 'smtp://127.0.0.1:9', 'Europe/London', 'active', '2026-11-30 01:12:29.504886+00', NULL, NULL, NULL, '00:00:00', '00:00:00', '{1,2,3,4,5,6,7}', 100, 38, 20, NULL, 5, NULL, 0, 0, '2026-11-30', 2, 0, 0, NULL, '2026-11-30 01:12:28.62187+00', NULL, '{}', NULL, NULL, NULL, NULL);

INSERT INTO public.alembic_version VALUES ('tell_the_day_truly');

INSERT INTO public.campaign_reviewers VALUES ('01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b244-7444-9012-a72156b50b9e', 0);
INSERT INTO public.campaign_reviewers VALUES ('01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b245-751a-8cb7-feac500a18ce', 0);
INSERT INTO public.campaign_reviewers VALUES ('01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b246-777b-b12a-3c68219c4516', 0);

INSERT INTO public.campaigns VALUES ('01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b24a-7419-a8e8-f7a05cb7b028', '01a22a02-b248-7330-a887-8c72fecd9c87', 'launch', 'Autumn launch', 'review', 'active', 'active', NULL, '2026-11-30 01:12:29.504886+00', false, 'everyone', 1, true, NULL);

INSERT INTO public.contacts VALUES ('01a22a02-b26f-7102-b4ac-596d44b539cd', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b24a-7419-a8e8-f7a05cb7b028', 'dana3@example.org', DEFAULT, 'Dana', NULL, 'Example', NULL, 'available', '2026-11-30 01:12:29.549649+00', NULL, NULL, DEFAULT, NULL, true, NULL);
INSERT INTO public.contacts VALUES ('01a22a02-b278-7315-a027-e0b667088805', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b24a-7419-a8e8-f7a05cb7b028', 'dana4@example.org', DEFAULT, 'Dana', NULL, 'Example', NULL, 'available', '2026-11-30 01:12:29.558198+00', NULL, NULL, DEFAULT, NULL, true, NULL);
INSERT INTO public.contacts VALUES ('01a22a02-b283-73a7-b708-0922298a6607', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b24a-7419-a8e8-f7a05cb7b028', 'dana5@example.org', DEFAULT, 'Dana', NULL, 'Example', NULL, 'available', '2026-11-30 01:12:29.568371+00', NULL, NULL, DEFAULT, NULL, true, NULL);
INSERT INTO public.contacts VALUES ('01a22a02-b28c-75b3-b082-0758997c2f87', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b24a-7419-a8e8-f7a05cb7b028', 'dana6@example.org', DEFAULT, 'Dana', NULL, 'Example', NULL, 'available', '2026-11-30 01:12:29.577861+00', NULL, NULL, DEFAULT, NULL, true, NULL);
INSERT INTO public.contacts VALUES ('01a22a02-b295-7468-9dac-aadb3818cb1d', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b24a-7419-a8e8-f7a05cb7b028', 'dana7@example.org', DEFAULT, 'Dana', NULL, 'Example', NULL, 'available', '2026-11-30 01:12:29.58708+00', NULL, NULL, DEFAULT, NULL, true, NULL);
INSERT INTO public.contacts VALUES ('01a22a02-b254-757b-a898-5964896fd73f', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b24a-7419-a8e8-f7a05cb7b028', 'dana1@example.org', DEFAULT, 'Dana', NULL, 'Example', NULL, 'cooling_off', '2026-11-30 01:12:29.519343+00', NULL, NULL, DEFAULT, '2026-11-30 01:12:29.662338+00', false, NULL);
INSERT INTO public.contacts VALUES ('01a22a02-b267-71b8-b75a-17cb2343e729', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b24a-7419-a8e8-f7a05cb7b028', 'dana2@example.org', DEFAULT, 'Dana', NULL, 'Example', NULL, 'cooling_off', '2026-11-30 01:12:29.541621+00', NULL, NULL, DEFAULT, '2026-11-30 01:12:29.697561+00', false, NULL);
INSERT INTO public.contacts VALUES ('01a22a02-b31b-74e5-8d1a-8c11d1441e64', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b24a-7419-a8e8-f7a05cb7b028', 'dana8@example.org', DEFAULT, 'Dana', NULL, 'Example', NULL, 'available', '2026-11-30 01:12:29.721696+00', NULL, NULL, DEFAULT, NULL, true, NULL);

INSERT INTO public.draft_versions VALUES ('01a22a02-b25d-7570-b648-855b1871ef3f', 1, 'Hello number 1', 'Hi Dana,

this is letter 1.

Sam', NULL, 'api', '2026-11-30 01:12:29.519343+00');
INSERT INTO public.draft_versions VALUES ('01a22a02-b26a-760b-9432-c58e2ff8b7c6', 1, 'Hello number 2', 'Hi Dana,

this is letter 2.

Sam', NULL, 'api', '2026-11-30 01:12:29.541621+00');
INSERT INTO public.draft_versions VALUES ('01a22a02-b272-772b-a23f-6ad648380480', 1, 'Hello number 3', 'Hi Dana,

this is letter 3.

Sam', NULL, 'api', '2026-11-30 01:12:29.549649+00');
INSERT INTO public.draft_versions VALUES ('01a22a02-b27c-7075-b740-5dfb04a74ec3', 1, 'Hello number 4', 'Hi Dana,

this is letter 4.

Sam', NULL, 'api', '2026-11-30 01:12:29.558198+00');
INSERT INTO public.draft_versions VALUES ('01a22a02-b286-77ad-a516-a2115c333620', 1, 'Hello number 5', 'Hi Dana,

this is letter 5.

Sam', NULL, 'api', '2026-11-30 01:12:29.568371+00');
INSERT INTO public.draft_versions VALUES ('01a22a02-b28f-7593-bc25-9a6a8f5e6741', 1, 'Hello number 6', 'Hi Dana,

this is letter 6.

Sam', NULL, 'api', '2026-11-30 01:12:29.577861+00');
INSERT INTO public.draft_versions VALUES ('01a22a02-b297-75a2-af84-5bf8a65fef48', 1, 'Hello number 7', 'Hi Dana,

this is letter 7.

Sam', NULL, 'api', '2026-11-30 01:12:29.58708+00');
INSERT INTO public.draft_versions VALUES ('01a22a02-b272-772b-a23f-6ad648380480', 2, 'Another subject', 'Another text, after version 1.', '01a22a02-b244-7444-9012-a72156b50b9e', 'slack', '2026-11-30 01:12:29.704447+00');
INSERT INTO public.draft_versions VALUES ('01a22a02-b31c-7368-9e6f-2cda735e6a1a', 1, 'Hello number 8', 'Hi Dana,

this is letter 8.

Sam', NULL, 'api', '2026-11-30 01:12:29.721696+00');

INSERT INTO public.drafts VALUES ('01a22a02-b286-77ad-a516-a2115c333620', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'key-5', '3d8e31e54499f3a24e7f96359546f7b16110f9faa16106c957f49fec524ce765', '01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b283-73a7-b708-0922298a6607', NULL, 'intro', 'needs_review', 1, 'review', '{"The contact''s role is missing."}', NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, '2026-11-30 01:12:29.568371+00', '2026-11-30 01:12:29.568371+00', NULL, NULL, '2026-11-30 01:12:29.568371+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.drafts VALUES ('01a22a02-b28f-7593-bc25-9a6a8f5e6741', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'key-6', '3a79a6dc90a457aaa8756d2b6ea699126f863de8a12772d977089230cfafaee8', '01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b28c-75b3-b082-0758997c2f87', NULL, 'intro', 'needs_review', 1, 'review', '{"The contact''s role is missing."}', NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, '2026-11-30 01:12:29.577861+00', '2026-11-30 01:12:29.577861+00', NULL, NULL, '2026-11-30 01:12:29.577861+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.drafts VALUES ('01a22a02-b297-75a2-af84-5bf8a65fef48', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'key-7', '71ba8b6531a950c8ae8f0531d5e64996e08f9c85efbdec218dccefb7efb924f3', '01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b295-7468-9dac-aadb3818cb1d', NULL, 'intro', 'needs_review', 1, 'review', '{"The contact''s role is missing."}', NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, '2026-11-30 01:12:29.58708+00', '2026-11-30 01:12:29.58708+00', NULL, NULL, '2026-11-30 01:12:29.58708+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.drafts VALUES ('01a22a02-b25d-7570-b648-855b1871ef3f', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'key-1', '49c0baabee55af5de327195d2fcb6b26ccf23227db39bead72df12617ae3e673', '01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b254-757b-a898-5964896fd73f', NULL, 'intro', 'approved', 1, 'review', '{"The contact''s role is missing."}', NULL, '01a22a02-b244-7444-9012-a72156b50b9e', '2026-11-30 01:12:29.606465+00', 'slack', NULL, NULL, 3, 0, '2026-11-30 01:12:29.519343+00', '2026-11-30 01:12:29.519343+00', NULL, NULL, '2026-11-30 01:12:29.519343+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.drafts VALUES ('01a22a02-b26a-760b-9432-c58e2ff8b7c6', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'key-2', 'cdee5cd51d54ac51f44e4275373e052e49bcb15fe1ffdba452e0c4e1ed898560', '01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b267-71b8-b75a-17cb2343e729', NULL, 'intro', 'approved', 1, 'review', '{"The contact''s role is missing."}', NULL, '01a22a02-b244-7444-9012-a72156b50b9e', '2026-11-30 01:12:29.672172+00', 'slack', NULL, NULL, 3, 0, '2026-11-30 01:12:29.541621+00', '2026-11-30 01:12:29.541621+00', NULL, NULL, '2026-11-30 01:12:29.541621+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.drafts VALUES ('01a22a02-b272-772b-a23f-6ad648380480', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'key-3', 'afe8a5d29f089e1191861858e07539d00a982984f7fa8d7e34b2ce9cfb28f809', '01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b26f-7102-b4ac-596d44b539cd', NULL, 'intro', 'approved', 2, 'review', '{"The contact''s role is missing."}', NULL, '01a22a02-b244-7444-9012-a72156b50b9e', '2026-11-30 01:12:29.714056+00', 'slack', NULL, NULL, 3, 0, '2026-11-30 01:12:29.549649+00', '2026-11-30 01:12:29.549649+00', NULL, NULL, '2026-11-30 01:12:29.710109+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.drafts VALUES ('01a22a02-b27c-7075-b740-5dfb04a74ec3', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'key-4', '17180397598b8c544b8ffc893a0b332ae729af22babfb9df7d4da5fc2690193a', '01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b278-7315-a027-e0b667088805', NULL, 'intro', 'rejected', 1, 'review', '{"The contact''s role is missing."}', NULL, '01a22a02-b244-7444-9012-a72156b50b9e', '2026-11-30 01:12:29.720422+00', 'slack', 'Not now.', NULL, 2, 0, '2026-11-30 01:12:29.558198+00', '2026-11-30 01:12:29.558198+00', NULL, NULL, '2026-11-30 01:12:29.558198+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.drafts VALUES ('01a22a02-b31c-7368-9e6f-2cda735e6a1a', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'key-8', 'f8bce5c1b1c400335ceaaeb0519f46e5995f45f26568df7aa91ae9df33d87225', '01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b31b-74e5-8d1a-8c11d1441e64', '01a22a02-b31e-7373-9090-b6d993bb7a17', 'reply', 'needs_review', 1, 'low', '{}', NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, '2026-11-30 01:12:29.721696+00', '2026-11-30 01:12:29.721696+00', NULL, NULL, '2026-11-30 01:12:29.721696+00', NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO public.inbound_messages VALUES ('01a22a02-b31e-7373-9090-b6d993bb7a17', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b31b-74e5-8d1a-8c11d1441e64', NULL, 'A question', 'How much is it?', NULL, '2026-11-30 01:12:29.721696+00');

INSERT INTO public.installation VALUES (true, NULL, NULL, NULL, 0);

INSERT INTO public.members VALUES ('01a22a02-b244-7444-9012-a72156b50b9e', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'U01ALICE', 'Alice Anderson', NULL, 'reviewer', true, NULL, NULL, '2026-11-30 01:12:29.504886+00', NULL, NULL, NULL, NULL, 0, NULL, false);
INSERT INTO public.members VALUES ('01a22a02-b245-751a-8cb7-feac500a18ce', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'U02BOB', 'Bob Brown', NULL, 'reviewer', true, NULL, NULL, '2026-11-30 01:12:29.504886+00', NULL, NULL, NULL, NULL, 0, NULL, false);
INSERT INTO public.members VALUES ('01a22a02-b246-777b-b12a-3c68219c4516', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'U03CAROL', 'Carol Chen', NULL, 'admin', true, NULL, NULL, '2026-11-30 01:12:29.504886+00', NULL, NULL, NULL, NULL, 0, NULL, false);
INSERT INTO public.members VALUES ('01a22a02-b246-777b-b12a-3c6941206e04', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'U04VERA', 'Vera Vance', NULL, 'viewer', true, NULL, NULL, '2026-11-30 01:12:29.504886+00', NULL, NULL, NULL, NULL, 0, NULL, false);

INSERT INTO public.message_events VALUES ('01a22a02-b262-7343-a71f-2a9907a2f523', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.539405+00', 'ingest', 'api', NULL, NULL, '01a22a02-b25d-7570-b648-855b1871ef3f', NULL, NULL, NULL, NULL, 'needs_review', NULL, '{"version": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b26c-74cf-8887-76b78a5f5ce3', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.548671+00', 'ingest', 'api', NULL, NULL, '01a22a02-b26a-760b-9432-c58e2ff8b7c6', NULL, NULL, NULL, NULL, 'needs_review', NULL, '{"version": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b274-752a-bb74-2871f5941b68', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.557076+00', 'ingest', 'api', NULL, NULL, '01a22a02-b272-772b-a23f-6ad648380480', NULL, NULL, NULL, NULL, 'needs_review', NULL, '{"version": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b27e-748d-9cd7-77c20fc092da', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.567206+00', 'ingest', 'api', NULL, NULL, '01a22a02-b27c-7075-b740-5dfb04a74ec3', NULL, NULL, NULL, NULL, 'needs_review', NULL, '{"version": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b288-7787-9883-1ac8aa9dcd61', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.576883+00', 'ingest', 'api', NULL, NULL, '01a22a02-b286-77ad-a516-a2115c333620', NULL, NULL, NULL, NULL, 'needs_review', NULL, '{"version": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b291-7062-99b8-de7862a234b6', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.586038+00', 'ingest', 'api', NULL, NULL, '01a22a02-b28f-7593-bc25-9a6a8f5e6741', NULL, NULL, NULL, NULL, 'needs_review', NULL, '{"version": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b29a-7264-8f16-26a53b68637b', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.594424+00', 'ingest', 'api', NULL, NULL, '01a22a02-b297-75a2-af84-5bf8a65fef48', NULL, NULL, NULL, NULL, 'needs_review', NULL, '{"version": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b2a8-7092-bd75-c8c4e05589c5', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.616639+00', 'approve', 'slack', '01a22a02-b244-7444-9012-a72156b50b9e', NULL, '01a22a02-b25d-7570-b648-855b1871ef3f', '01a22a02-b2a8-7092-bd75-c8c379142003', NULL, NULL, 'needs_review', 'approved', NULL, '{"timing": "earliest", "version": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b2c0-7185-b5e1-f44ba89902ee', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.642096+00', 'claim', 'job', NULL, NULL, '01a22a02-b25d-7570-b648-855b1871ef3f', '01a22a02-b2a8-7092-bd75-c8c379142003', '01a22a02-b2c0-7185-b5e1-f44aeaab8acf', NULL, 'queued', 'claimed', NULL, '{"try": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b2d2-72a9-bc1b-e53baf6d124d', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.654187+00', 'start', 'job', NULL, NULL, '01a22a02-b25d-7570-b648-855b1871ef3f', '01a22a02-b2a8-7092-bd75-c8c379142003', '01a22a02-b2c0-7185-b5e1-f44aeaab8acf', NULL, 'claimed', 'sending', NULL, '{}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b2db-7245-b7c8-3d720a3a849e', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.661623+00', 'deliver', 'job', NULL, NULL, '01a22a02-b25d-7570-b648-855b1871ef3f', '01a22a02-b2a8-7092-bd75-c8c379142003', '01a22a02-b2c0-7185-b5e1-f44aeaab8acf', NULL, 'sending', 'sent', NULL, '{"phase": "dot", "reason": "accepted", "smtp_code": 250}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b2e8-76bf-bf8d-dbeb018038ef', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.673914+00', 'approve', 'slack', '01a22a02-b244-7444-9012-a72156b50b9e', NULL, '01a22a02-b26a-760b-9432-c58e2ff8b7c6', '01a22a02-b2e8-76bf-bf8d-dbeac85c2ec3', NULL, NULL, 'needs_review', 'approved', NULL, '{"timing": "earliest", "version": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b2f7-7150-a57c-3340e6e61824', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.690455+00', 'claim', 'job', NULL, NULL, '01a22a02-b26a-760b-9432-c58e2ff8b7c6', '01a22a02-b2e8-76bf-bf8d-dbeac85c2ec3', '01a22a02-b2f7-7150-a57c-333f41a7e38b', NULL, 'queued', 'claimed', NULL, '{"try": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b2fd-73b2-8e1e-3df62de04dcb', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.694497+00', 'start', 'job', NULL, NULL, '01a22a02-b26a-760b-9432-c58e2ff8b7c6', '01a22a02-b2e8-76bf-bf8d-dbeac85c2ec3', '01a22a02-b2f7-7150-a57c-333f41a7e38b', NULL, 'claimed', 'sending', NULL, '{}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b300-764a-88c8-3247070eb3f7', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.697152+00', 'lose', 'job', NULL, NULL, '01a22a02-b26a-760b-9432-c58e2ff8b7c6', '01a22a02-b2e8-76bf-bf8d-dbeac85c2ec3', '01a22a02-b2f7-7150-a57c-333f41a7e38b', NULL, 'sending', 'outcome_unknown', NULL, '{"phase": "dot", "reason": "dropped", "smtp_code": null}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b30f-7671-aae2-93109aad1a96', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.711615+00', 'edit', 'slack', '01a22a02-b244-7444-9012-a72156b50b9e', NULL, '01a22a02-b272-772b-a23f-6ad648380480', NULL, NULL, NULL, 'needs_review', 'needs_review', NULL, '{"version": 2}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b312-7377-9b01-70ef26b1cb02', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.715559+00', 'approve', 'slack', '01a22a02-b244-7444-9012-a72156b50b9e', NULL, '01a22a02-b272-772b-a23f-6ad648380480', '01a22a02-b312-7377-9b01-70ee4091e68e', NULL, NULL, 'needs_review', 'approved', NULL, '{"timing": "earliest", "version": 2}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b318-74d5-8a54-bb1a833ef97f', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.72101+00', 'reject', 'slack', '01a22a02-b244-7444-9012-a72156b50b9e', NULL, '01a22a02-b27c-7075-b740-5dfb04a74ec3', NULL, NULL, NULL, 'needs_review', 'rejected', NULL, '{"version": 1}', NULL);
INSERT INTO public.message_events VALUES ('01a22a02-b320-77a6-8100-7ca23e2a2b99', '01a22a02-b242-704c-9835-a8f7d163bcf8', '2026-11-30 01:12:29.728653+00', 'ingest', 'api', NULL, NULL, '01a22a02-b31c-7368-9e6f-2cda735e6a1a', NULL, NULL, NULL, NULL, 'needs_review', NULL, '{"version": 1}', NULL);

INSERT INTO public.offers VALUES ('01a22a02-b24a-7419-a8e8-f7a05cb7b028', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'autumn', '2026-11-30 01:12:29.504886+00');

INSERT INTO public.outreach_history VALUES ('9a6e418e-4382-44bb-8a02-b1ed32b07e95', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'email', 'sent', 'dana1@example.org', NULL, '2026-11-30 01:12:29.662338+00', '01a22a02-b2a8-7092-bd75-c8c379142003', '01a22a02-b248-7330-a887-8c72fecd9c87', NULL, NULL, '2026-11-30 01:12:29.655346+00', NULL);
INSERT INTO public.outreach_history VALUES ('835189a8-7d28-4a6f-b135-e7f23397e62e', '01a22a02-b242-704c-9835-a8f7d163bcf8', 'email', 'unknown', 'dana2@example.org', NULL, '2026-11-30 01:12:29.697561+00', '01a22a02-b2e8-76bf-bf8d-dbeac85c2ec3', '01a22a02-b248-7330-a887-8c72fecd9c87', NULL, NULL, '2026-11-30 01:12:29.695274+00', NULL);

INSERT INTO public.send_attempts VALUES ('01a22a02-b2c0-7185-b5e1-f44aeaab8acf', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b2a8-7092-bd75-c8c379142003', '01a22a02-b25d-7570-b648-855b1871ef3f', '<01a22a02b2c07185b5e1f44aeaab8acf@example.com>', '\x446174653a204d6f6e2c203330204e6f7620323032362030313a31323a3239202b303030300d0a46726f6d3a2053616d2048696c6c203c73616d406578616d706c652e636f6d3e0d0a546f3a2044616e61203c64616e6131406578616d706c652e6f72673e0d0a5375626a6563743a2048656c6c6f206e756d62657220310d0a4d6573736167652d49443a203c3031613232613032623263303731383562356531663434616561616238616366406578616d706c652e636f6d3e0d0a4d494d452d56657273696f6e3a20312e300d0a436f6e74656e742d547970653a206d756c7469706172742f616c7465726e61746976653b0d0a20626f756e646172793d223d5f6338353731663662343030366665363134356466386433616636313864343839220d0a0d0a2d2d3d5f63383537316636623430303666653631343564663864336166363138643438390d0a436f6e74656e742d547970653a20746578742f706c61696e3b20636861727365743d227574662d38220d0a436f6e74656e742d5472616e736665722d456e636f64696e673a2071756f7465642d7072696e7461626c650d0a0d0a48692044616e612c0d0a0d0a74686973206973206c657474657220312e0d0a0d0a53616d0d0a2d2d3d5f63383537316636623430303666653631343564663864336166363138643438390d0a436f6e74656e742d547970653a20746578742f68746d6c3b20636861727365743d227574662d38220d0a436f6e74656e742d5472616e736665722d456e636f64696e673a2071756f7465642d7072696e7461626c650d0a0d0a3c21444f43545950452068746d6c3e0d0a3c68746d6c3e3c686561643e3c6d65746120636861727365743d3344227574662d38223e3c2f686561643e3c626f64793e0d0a3c70206469723d3344226175746f22207374796c653d33442277686974652d73706163653a207072652d777261703b206d617267696e3a203020302031656d223e48692044616e612c3c2f3d0d0a703e0d0a3c70206469723d3344226175746f22207374796c653d33442277686974652d73706163653a207072652d777261703b206d617267696e3a203020302031656d223e74686973206973206c653d0d0a7474657220312e3c2f703e0d0a3c70206469723d3344226175746f22207374796c653d33442277686974652d73706163653a207072652d777261703b206d617267696e3a203020302031656d223e53616d3c2f703e0d0a3c2f626f64793e3c2f68746d6c3e0d0a0d0a2d2d3d5f63383537316636623430303666653631343564663864336166363138643438392d2d0d0a', 'b391589d55cd8783744b740a68643772b72043e38ba9e84cd4d0dd5b203b2eaf', '2026-11-30 01:12:29.62622+00', '2026-11-30 01:12:29.653113+00', '2026-11-30 01:12:29.658864+00', 'sent', 'dot', 250, 'accepted', NULL, 1, NULL, NULL, NULL);
INSERT INTO public.send_attempts VALUES ('01a22a02-b2f7-7150-a57c-333f41a7e38b', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b2e8-76bf-bf8d-dbeac85c2ec3', '01a22a02-b26a-760b-9432-c58e2ff8b7c6', '<01a22a02b2f77150a57c333f41a7e38b@example.com>', '\x446174653a204d6f6e2c203330204e6f7620323032362030313a31323a3239202b303030300d0a46726f6d3a2053616d2048696c6c203c73616d406578616d706c652e636f6d3e0d0a546f3a2044616e61203c64616e6132406578616d706c652e6f72673e0d0a5375626a6563743a2048656c6c6f206e756d62657220320d0a4d6573736167652d49443a203c3031613232613032623266373731353061353763333333663431613765333862406578616d706c652e636f6d3e0d0a4d494d452d56657273696f6e3a20312e300d0a436f6e74656e742d547970653a206d756c7469706172742f616c7465726e61746976653b0d0a20626f756e646172793d223d5f3931326536333234383765633664313037336361313834363133326231336363220d0a0d0a2d2d3d5f39313265363332343837656336643130373363613138343631333262313363630d0a436f6e74656e742d547970653a20746578742f706c61696e3b20636861727365743d227574662d38220d0a436f6e74656e742d5472616e736665722d456e636f64696e673a2071756f7465642d7072696e7461626c650d0a0d0a48692044616e612c0d0a0d0a74686973206973206c657474657220322e0d0a0d0a53616d0d0a2d2d3d5f39313265363332343837656336643130373363613138343631333262313363630d0a436f6e74656e742d547970653a20746578742f68746d6c3b20636861727365743d227574662d38220d0a436f6e74656e742d5472616e736665722d456e636f64696e673a2071756f7465642d7072696e7461626c650d0a0d0a3c21444f43545950452068746d6c3e0d0a3c68746d6c3e3c686561643e3c6d65746120636861727365743d3344227574662d38223e3c2f686561643e3c626f64793e0d0a3c70206469723d3344226175746f22207374796c653d33442277686974652d73706163653a207072652d777261703b206d617267696e3a203020302031656d223e48692044616e612c3c2f3d0d0a703e0d0a3c70206469723d3344226175746f22207374796c653d33442277686974652d73706163653a207072652d777261703b206d617267696e3a203020302031656d223e74686973206973206c653d0d0a7474657220322e3c2f703e0d0a3c70206469723d3344226175746f22207374796c653d33442277686974652d73706163653a207072652d777261703b206d617267696e3a203020302031656d223e53616d3c2f703e0d0a3c2f626f64793e3c2f68746d6c3e0d0a0d0a2d2d3d5f39313265363332343837656336643130373363613138343631333262313363632d2d0d0a', '32c1e684993f4cf7c31000daf5683de8fe7e44381e04664c6e73604db35abf3b', '2026-11-30 01:12:29.683734+00', '2026-11-30 01:12:29.694042+00', '2026-11-30 01:12:29.696029+00', 'unknown', 'dot', NULL, 'dropped', NULL, 2, NULL, NULL, NULL);

INSERT INTO public.send_queue VALUES ('01a22a02-b2a8-7092-bd75-c8c379142003', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b25d-7570-b648-855b1871ef3f', 1, '01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b248-7330-a887-8c72fecd9c87', '01a22a02-b254-757b-a898-5964896fd73f', 'sent', 'earliest', 20, '2026-11-30 01:12:28.62187+00', 0, '01a22a02-b2c0-7185-b5e1-f44aeaab8acf', NULL, NULL, '2026-11-30 01:12:29.595358+00', '2026-11-30 01:12:29.661478+00', 'intro', 'email', NULL, 0, '2026-11-30');
INSERT INTO public.send_queue VALUES ('01a22a02-b2e8-76bf-bf8d-dbeac85c2ec3', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b26a-760b-9432-c58e2ff8b7c6', 1, '01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b248-7330-a887-8c72fecd9c87', '01a22a02-b267-71b8-b75a-17cb2343e729', 'outcome_unknown', 'earliest', 20, '2026-11-30 01:12:28.678136+00', 0, '01a22a02-b2f7-7150-a57c-333f41a7e38b', NULL, 'The mail was handed over, but the mail server''s answer never came. It may have arrived, so Signoff does not send it again.', '2026-11-30 01:12:29.670327+00', '2026-11-30 01:12:29.696932+00', 'intro', 'email', NULL, 0, '2026-11-30');
INSERT INTO public.send_queue VALUES ('01a22a02-b312-7377-9b01-70ee4091e68e', '01a22a02-b242-704c-9835-a8f7d163bcf8', '01a22a02-b272-772b-a23f-6ad648380480', 2, '01a22a02-b24b-7039-81d7-9d5aa4307807', '01a22a02-b248-7330-a887-8c72fecd9c87', '01a22a02-b26f-7102-b4ac-596d44b539cd', 'queued', 'earliest', 20, '2026-11-30 01:12:29.712571+00', 0, NULL, NULL, NULL, '2026-11-30 01:12:29.712571+00', '2026-11-30 01:12:29.712571+00', 'intro', 'email', NULL, 0, NULL);

INSERT INTO public.workspaces VALUES ('01a22a02-b242-704c-9835-a8f7d163bcf8', 'Acme', 'T01TEST', 'Europe/London', '2026-11-30 01:12:29.504886+00', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

SELECT pg_catalog.setval('public.attempt_numbers', 2, true);

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT pk_accounts PRIMARY KEY (id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT pk_alerts PRIMARY KEY (id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT pk_api_keys PRIMARY KEY (id);

ALTER TABLE ONLY public.campaign_reviewers
    ADD CONSTRAINT pk_campaign_reviewers PRIMARY KEY (campaign_id, member_id);

ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT pk_campaigns PRIMARY KEY (id);

ALTER TABLE ONLY public.cards
    ADD CONSTRAINT pk_cards PRIMARY KEY (id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT pk_contacts PRIMARY KEY (id);

ALTER TABLE ONLY public.draft_approvals
    ADD CONSTRAINT pk_draft_approvals PRIMARY KEY (draft_id, version, member_id);

ALTER TABLE ONLY public.draft_versions
    ADD CONSTRAINT pk_draft_versions PRIMARY KEY (draft_id, version);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT pk_drafts PRIMARY KEY (id);

ALTER TABLE ONLY public.homes
    ADD CONSTRAINT pk_homes PRIMARY KEY (member_id);

ALTER TABLE ONLY public.inbound_messages
    ADD CONSTRAINT pk_inbound_messages PRIMARY KEY (id);

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT pk_installation PRIMARY KEY (id);

ALTER TABLE ONLY public.installations
    ADD CONSTRAINT pk_installations PRIMARY KEY (id);

ALTER TABLE ONLY public.members
    ADD CONSTRAINT pk_members PRIMARY KEY (id);

ALTER TABLE ONLY public.message_events
    ADD CONSTRAINT pk_message_events PRIMARY KEY (id);

ALTER TABLE ONLY public.offers
    ADD CONSTRAINT pk_offers PRIMARY KEY (id);

ALTER TABLE ONLY public.outreach_history
    ADD CONSTRAINT pk_outreach_history PRIMARY KEY (id);

ALTER TABLE ONLY public.send_attempts
    ADD CONSTRAINT pk_send_attempts PRIMARY KEY (id);

ALTER TABLE ONLY public.send_queue
    ADD CONSTRAINT pk_send_queue PRIMARY KEY (id);

ALTER TABLE ONLY public.sequence_instances
    ADD CONSTRAINT pk_sequence_instances PRIMARY KEY (id);

ALTER TABLE ONLY public.suppressions
    ADD CONSTRAINT pk_suppressions PRIMARY KEY (id);

ALTER TABLE ONLY public.task_cards
    ADD CONSTRAINT pk_task_cards PRIMARY KEY (id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT pk_tasks PRIMARY KEY (id);

ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT pk_workspaces PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT uq_accounts_workspace_id_address UNIQUE (workspace_id, address);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT uq_alerts_channel_about UNIQUE (channel, about);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT uq_alerts_member_id_about UNIQUE (member_id, about);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT uq_api_keys_key_sha256 UNIQUE (key_sha256);

ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT uq_campaigns_workspace_id_slug UNIQUE (workspace_id, slug);

ALTER TABLE ONLY public.cards
    ADD CONSTRAINT uq_cards_channel_ts UNIQUE (channel, ts);

ALTER TABLE ONLY public.cards
    ADD CONSTRAINT uq_cards_draft_id_member_id UNIQUE (draft_id, member_id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT uq_contacts_offer_id_email_folded UNIQUE (offer_id, email_folded);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT uq_drafts_workspace_id_key UNIQUE (workspace_id, key);

ALTER TABLE ONLY public.installations
    ADD CONSTRAINT uq_installations_slack_team_id UNIQUE (slack_team_id);

ALTER TABLE ONLY public.installations
    ADD CONSTRAINT uq_installations_state_sha256 UNIQUE (state_sha256);

ALTER TABLE ONLY public.installations
    ADD CONSTRAINT uq_installations_workspace_id UNIQUE (workspace_id);

ALTER TABLE ONLY public.members
    ADD CONSTRAINT uq_members_workspace_id_slack_user_id UNIQUE (workspace_id, slack_user_id);

ALTER TABLE ONLY public.offers
    ADD CONSTRAINT uq_offers_workspace_id_slug UNIQUE (workspace_id, slug);

ALTER TABLE ONLY public.outreach_history
    ADD CONSTRAINT uq_outreach_history_delivery_id UNIQUE (delivery_id);

ALTER TABLE ONLY public.outreach_history
    ADD CONSTRAINT uq_outreach_history_task_id UNIQUE (task_id);

ALTER TABLE ONLY public.outreach_history
    ADD CONSTRAINT uq_outreach_history_workspace_id_import_key UNIQUE (workspace_id, import_key);

ALTER TABLE ONLY public.send_attempts
    ADD CONSTRAINT uq_send_attempts_message_id UNIQUE (message_id);

ALTER TABLE ONLY public.send_queue
    ADD CONSTRAINT uq_send_queue_id_draft_id UNIQUE (id, draft_id);

ALTER TABLE ONLY public.sequence_instances
    ADD CONSTRAINT uq_sequence_instances_workspace_id_key UNIQUE (workspace_id, key);

ALTER TABLE ONLY public.suppressions
    ADD CONSTRAINT uq_suppressions_workspace_id_kind_value_folded UNIQUE (workspace_id, kind, value_folded);

ALTER TABLE ONLY public.task_cards
    ADD CONSTRAINT uq_task_cards_channel_ts UNIQUE (channel, ts);

ALTER TABLE ONLY public.task_cards
    ADD CONSTRAINT uq_task_cards_task_id_member_id UNIQUE (task_id, member_id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT uq_tasks_sequence_instance_id_step_order_kind UNIQUE (sequence_instance_id, step_order, kind);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT uq_tasks_workspace_id_key UNIQUE (workspace_id, key);

ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT uq_workspaces_slack_team_id UNIQUE (slack_team_id);

CREATE INDEX ix_accounts_ready ON public.accounts USING btree (next_send_at) WHERE (status = 'active'::text);

CREATE INDEX ix_alerts_to_tell ON public.alerts USING btree (try_after) WHERE ((told_at IS NULL) AND (gone_reason IS NULL));

CREATE INDEX ix_campaigns_to_show ON public.campaigns USING btree (id) WHERE (shown_status <> status);

CREATE INDEX ix_cards_asking ON public.cards USING btree (member_id) WHERE (asks AND (gone_reason IS NULL));

CREATE INDEX ix_contacts_domain ON public.contacts USING btree (workspace_id, split_part(email_folded, '@'::text, 2));

CREATE INDEX ix_contacts_email_folded ON public.contacts USING btree (workspace_id, email_folded);

CREATE INDEX ix_contacts_linkedin_folded ON public.contacts USING btree (workspace_id, linkedin_folded);

CREATE INDEX ix_drafts_assigned ON public.drafts USING btree (assigned_to) WHERE ((status = ANY (ARRAY['needs_review'::text, 'manual_review'::text])) AND (snoozed_until IS NULL) AND (assigned_to IS NOT NULL));

CREATE INDEX ix_drafts_campaign ON public.drafts USING btree (campaign_id, status);

CREATE INDEX ix_drafts_cards_behind ON public.drafts USING btree (sync_after) WHERE (drawn_revision < revision);

CREATE INDEX ix_drafts_contact ON public.drafts USING btree (contact_id);

CREATE INDEX ix_drafts_decided_behind ON public.drafts USING btree (sync_after) WHERE ((drawn_revision < revision) AND (status <> ALL (ARRAY['needs_review'::text, 'manual_review'::text])));

CREATE INDEX ix_drafts_open ON public.drafts USING btree (workspace_id, created_at) WHERE (status = ANY (ARRAY['needs_review'::text, 'manual_review'::text]));

CREATE INDEX ix_drafts_snoozed ON public.drafts USING btree (snoozed_until) WHERE (snoozed_until IS NOT NULL);

CREATE INDEX ix_drafts_to_deal ON public.drafts USING btree (campaign_id, (
CASE
    WHEN (risk = 'low'::text) THEN 1
    WHEN (risk = 'review'::text) THEN 2
    ELSE 3
END), confidence DESC NULLS LAST, created_at, id) WHERE ((status = ANY (ARRAY['needs_review'::text, 'manual_review'::text])) AND (snoozed_until IS NULL) AND (assigned_to IS NULL));

CREATE INDEX ix_drafts_to_escalate ON public.drafts USING btree (workspace_id, waits_since) WHERE ((status = ANY (ARRAY['needs_review'::text, 'manual_review'::text])) AND (snoozed_until IS NULL) AND (escalated_at IS NULL));

CREATE INDEX ix_drafts_undecided_behind ON public.drafts USING btree (sync_after) WHERE ((drawn_revision < revision) AND (status = ANY (ARRAY['needs_review'::text, 'manual_review'::text])));

CREATE INDEX ix_drafts_waiting ON public.drafts USING btree (workspace_id, waits_since) WHERE ((status = 'needs_review'::text) AND (snoozed_until IS NULL));

CREATE INDEX ix_inbound_messages_contact ON public.inbound_messages USING btree (contact_id);

CREATE INDEX ix_members_owed ON public.members USING btree (workspace_id) WHERE owed;

CREATE INDEX ix_message_events_bad_news ON public.message_events USING btree (delivery_id) WHERE (verb = ANY (ARRAY['bounce'::text, 'complain'::text]));

CREATE INDEX ix_message_events_decided ON public.message_events USING btree (member_id, id) WHERE (verb = ANY (ARRAY['approve'::text, 'endorse'::text, 'reject'::text, 'request_changes'::text]));

CREATE INDEX ix_message_events_draft ON public.message_events USING btree (draft_id, id);

CREATE INDEX ix_message_events_switches ON public.message_events USING btree (campaign_id, id) WHERE (verb = ANY (ARRAY['pause'::text, 'resume'::text]));

CREATE INDEX ix_message_events_task ON public.message_events USING btree (task_id, id) WHERE (task_id IS NOT NULL);

CREATE INDEX ix_message_events_workspace ON public.message_events USING btree (workspace_id, id);

CREATE INDEX ix_outreach_history_account ON public.outreach_history USING btree (account_id, contacted_at);

CREATE INDEX ix_outreach_history_email ON public.outreach_history USING btree (workspace_id, email_folded, contacted_at);

CREATE INDEX ix_outreach_history_linkedin ON public.outreach_history USING btree (workspace_id, linkedin_folded, contacted_at);

CREATE INDEX ix_outreach_history_workspace ON public.outreach_history USING btree (workspace_id, contacted_at);

CREATE INDEX ix_send_attempts_delivery ON public.send_attempts USING btree (delivery_id);

CREATE INDEX ix_send_attempts_draft ON public.send_attempts USING btree (draft_id);

CREATE INDEX ix_send_attempts_to_replay ON public.send_attempts USING btree (finished_at) WHERE ((outcome = 'unknown'::text) AND (asked IS NOT NULL));

CREATE INDEX ix_send_queue_campaign ON public.send_queue USING btree (campaign_id, draft_id) WHERE (status = ANY (ARRAY['queued'::text, 'claimed'::text]));

CREATE INDEX ix_send_queue_contact ON public.send_queue USING btree (contact_id) WHERE (status = 'queued'::text);

CREATE INDEX ix_send_queue_draft ON public.send_queue USING btree (draft_id);

CREATE INDEX ix_send_queue_head ON public.send_queue USING btree (account_id, priority, due_at) WHERE (status = 'queued'::text);

CREATE INDEX ix_send_queue_held ON public.send_queue USING btree (campaign_id, held_code) WHERE ((status = 'queued'::text) AND (held_code IS NOT NULL));

CREATE INDEX ix_send_queue_in_flight ON public.send_queue USING btree (contact_id) WHERE (status = ANY (ARRAY['claimed'::text, 'sending'::text]));

CREATE INDEX ix_send_queue_leases ON public.send_queue USING btree (lease_until) WHERE (status = ANY (ARRAY['claimed'::text, 'sending'::text]));

CREATE INDEX ix_send_queue_unknown ON public.send_queue USING btree (draft_id) WHERE (status = 'outcome_unknown'::text);

CREATE INDEX ix_tasks_cards_behind ON public.tasks USING btree (sync_after) WHERE (drawn_revision < revision);

CREATE INDEX ix_tasks_offered_for ON public.tasks USING btree (contact_id) WHERE (status = 'offered'::text);

CREATE INDEX ix_tasks_offered_in ON public.tasks USING btree (campaign_id) WHERE (status = 'offered'::text);

CREATE INDEX ix_tasks_offered_to ON public.tasks USING btree (offered_to) WHERE (status = 'offered'::text);

CREATE INDEX ix_tasks_waiting ON public.tasks USING btree (account_id, kind, due_at) WHERE (status = 'waiting'::text);

CREATE UNIQUE INDEX uq_api_keys_name ON public.api_keys USING btree (workspace_id, name) WHERE (revoked_at IS NULL);

CREATE UNIQUE INDEX uq_cards_one_per_channel ON public.cards USING btree (draft_id) WHERE (place = 'channel'::text);

CREATE UNIQUE INDEX uq_message_events_feedback ON public.message_events USING btree (draft_id, verb, COALESCE((data ->> 'hard'::text), ''::text)) WHERE (verb = ANY (ARRAY['bounce'::text, 'complain'::text, 'reply'::text, 'unsubscribe'::text]));

CREATE UNIQUE INDEX uq_message_events_feedback_key ON public.message_events USING btree (workspace_id, ((data ->> 'key_sha256'::text))) WHERE (verb = ANY (ARRAY['bounce'::text, 'complain'::text, 'reply'::text, 'unsubscribe'::text]));

CREATE UNIQUE INDEX uq_send_attempts_one_that_may_have_left ON public.send_attempts USING btree (draft_id) WHERE ((started_at IS NOT NULL) AND (outcome IS DISTINCT FROM 'not_sent'::text) AND (overruled_at IS NULL));

CREATE UNIQUE INDEX uq_send_queue_one_live_delivery ON public.send_queue USING btree (draft_id) WHERE (status = ANY (ARRAY['queued'::text, 'claimed'::text, 'sending'::text, 'sent'::text, 'outcome_unknown'::text]));

CREATE TRIGGER carry_answers BEFORE INSERT OR UPDATE OF linkedin_url ON public.contacts FOR EACH ROW EXECUTE FUNCTION public.carry_answers();

CREATE TRIGGER count_delivery BEFORE UPDATE OF status ON public.send_queue FOR EACH ROW WHEN ((new.status <> old.status)) EXECUTE FUNCTION public.count_delivery();

CREATE TRIGGER count_task BEFORE UPDATE OF status ON public.tasks FOR EACH ROW WHEN ((new.status <> old.status)) EXECUTE FUNCTION public.count_task();

CREATE TRIGGER date_history BEFORE UPDATE OF status ON public.outreach_history FOR EACH ROW WHEN (((old.delivery_id IS NOT NULL) AND (old.status = 'failed'::text) AND (new.status = ANY (ARRAY['sent'::text, 'unknown'::text])))) EXECUTE FUNCTION public.date_history();

CREATE TRIGGER fold_history BEFORE INSERT OR UPDATE OF email_folded, linkedin_folded ON public.outreach_history FOR EACH ROW EXECUTE FUNCTION public.fold_history();

CREATE TRIGGER fold_suppression BEFORE INSERT OR UPDATE ON public.suppressions FOR EACH ROW EXECUTE FUNCTION public.fold_suppression();

CREATE TRIGGER forget_history AFTER UPDATE OF status ON public.send_queue FOR EACH ROW WHEN (((old.status = 'outcome_unknown'::text) AND (new.status = 'queued'::text))) EXECUTE FUNCTION public.forget_history();

CREATE TRIGGER guard_approval BEFORE INSERT ON public.draft_approvals FOR EACH ROW EXECUTE FUNCTION public.guard_approval();

CREATE TRIGGER guard_attempt BEFORE UPDATE ON public.send_attempts FOR EACH ROW EXECUTE FUNCTION public.guard_attempt();

CREATE TRIGGER guard_contact BEFORE UPDATE OF email ON public.contacts FOR EACH ROW WHEN ((new.email <> old.email)) EXECUTE FUNCTION public.guard_contact();

CREATE TRIGGER guard_decision BEFORE UPDATE OF status ON public.drafts FOR EACH ROW WHEN (((new.status = 'approved'::text) AND (old.status <> 'approved'::text) AND (new.decided_by IS NOT NULL))) EXECUTE FUNCTION public.guard_decision();

CREATE TRIGGER guard_delivery BEFORE INSERT OR UPDATE ON public.send_queue FOR EACH ROW EXECUTE FUNCTION public.guard_delivery();

CREATE TRIGGER guard_draft BEFORE INSERT OR UPDATE OF status, version ON public.drafts FOR EACH ROW EXECUTE FUNCTION public.guard_draft();

CREATE TRIGGER guard_overruling BEFORE UPDATE ON public.send_attempts FOR EACH ROW EXECUTE FUNCTION public.guard_overruling();

CREATE TRIGGER guard_task BEFORE INSERT OR UPDATE ON public.tasks FOR EACH ROW EXECUTE FUNCTION public.guard_task();

CREATE TRIGGER heed_tasks BEFORE UPDATE OF status ON public.send_queue FOR EACH ROW WHEN (((new.status = 'claimed'::text) AND (old.status <> 'claimed'::text) AND (new.kind <> 'reply'::text))) EXECUTE FUNCTION public.heed_tasks();

CREATE TRIGGER hold_count BEFORE UPDATE OF timezone ON public.accounts FOR EACH ROW WHEN ((new.timezone <> old.timezone)) EXECUTE FUNCTION public.hold_count();

CREATE TRIGGER keep_all BEFORE TRUNCATE ON public.draft_approvals FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_all BEFORE TRUNCATE ON public.draft_versions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_all BEFORE TRUNCATE ON public.drafts FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_all BEFORE TRUNCATE ON public.message_events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_all BEFORE TRUNCATE ON public.outreach_history FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_all BEFORE TRUNCATE ON public.send_attempts FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_all BEFORE TRUNCATE ON public.send_queue FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_all BEFORE TRUNCATE ON public.tasks FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_approvals BEFORE DELETE OR UPDATE ON public.draft_approvals FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_attempts BEFORE DELETE ON public.send_attempts FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_contact BEFORE INSERT OR UPDATE ON public.contacts FOR EACH ROW EXECUTE FUNCTION public.keep_contact();

CREATE TRIGGER keep_deliveries BEFORE DELETE ON public.send_queue FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_drafts BEFORE DELETE ON public.drafts FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_drawn BEFORE UPDATE OF kind, counted_as, spacing_seconds ON public.send_queue FOR EACH ROW WHEN ((((new.kind IS DISTINCT FROM old.kind) OR (new.counted_as IS DISTINCT FROM old.counted_as)) OR (new.spacing_seconds IS DISTINCT FROM old.spacing_seconds))) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_events BEFORE DELETE OR UPDATE ON public.message_events FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_history AFTER UPDATE OF status ON public.send_queue FOR EACH ROW WHEN (((new.status = ANY (ARRAY['sent'::text, 'outcome_unknown'::text])) OR ((old.status = 'outcome_unknown'::text) AND (new.status = 'failed'::text)))) EXECUTE FUNCTION public.keep_history();

CREATE TRIGGER keep_lines BEFORE UPDATE ON public.outreach_history FOR EACH ROW WHEN (((new.contacted_at < old.contacted_at) OR ((((new.workspace_id IS DISTINCT FROM old.workspace_id) OR (new.email_folded IS DISTINCT FROM old.email_folded)) OR (new.linkedin_folded IS DISTINCT FROM old.linkedin_folded)) OR (new.sequence_instance_id IS DISTINCT FROM old.sequence_instance_id)))) EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_task AFTER UPDATE OF status ON public.tasks FOR EACH ROW WHEN (((new.status = 'done'::text) AND (old.status <> 'done'::text))) EXECUTE FUNCTION public.keep_task();

CREATE TRIGGER keep_tasks BEFORE DELETE ON public.tasks FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_versions BEFORE DELETE OR UPDATE ON public.draft_versions FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_what_came_back BEFORE UPDATE OF status ON public.outreach_history FOR EACH ROW EXECUTE FUNCTION public.keep_what_came_back();

CREATE TRIGGER keep_written BEFORE DELETE ON public.outreach_history FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER look_again BEFORE UPDATE OF status, health_score, timezone, country, opens, closes, weekdays, daily_limit_emails, daily_limit_messages, daily_limit_connections, warmup_start, warmup_step, warmup_from ON public.accounts FOR EACH ROW EXECUTE FUNCTION public.look_again();

CREATE TRIGGER mark_suppressed AFTER INSERT OR UPDATE ON public.suppressions FOR EACH ROW EXECUTE FUNCTION public.mark_suppressed();

CREATE TRIGGER prepare_delivery BEFORE INSERT ON public.send_queue FOR EACH ROW EXECUTE FUNCTION public.prepare_delivery();

CREATE TRIGGER ring_draft BEFORE UPDATE OF status, version ON public.drafts FOR EACH ROW WHEN (((new.status <> old.status) OR (new.version <> old.version))) EXECUTE FUNCTION public.ring_draft();

CREATE TRIGGER show_campaign_on_tasks AFTER UPDATE OF status ON public.campaigns FOR EACH ROW WHEN ((new.status <> old.status)) EXECUTE FUNCTION public.show_campaign_on_tasks();

CREATE TRIGGER show_claim AFTER UPDATE OF status ON public.send_queue FOR EACH ROW WHEN (((old.status = 'queued'::text) AND (new.status = 'claimed'::text) AND (old.due_at > old.created_at))) EXECUTE FUNCTION public.show_delivery();

CREATE TRIGGER show_delivery AFTER UPDATE OF status ON public.send_queue FOR EACH ROW WHEN (((new.status <> old.status) AND (new.status <> ALL (ARRAY['claimed'::text, 'sending'::text])))) EXECUTE FUNCTION public.show_delivery();

CREATE TRIGGER spread_answer AFTER INSERT OR UPDATE OF linkedin_url ON public.contacts FOR EACH ROW WHEN ((new.status = ANY (ARRAY['do_not_contact'::text, 'replied'::text]))) EXECUTE FUNCTION public.spread_answer();

CREATE TRIGGER tell_contacts AFTER INSERT OR UPDATE ON public.outreach_history FOR EACH ROW EXECUTE FUNCTION public.tell_contacts();

CREATE TRIGGER wake_account AFTER INSERT OR UPDATE OF status, due_at ON public.send_queue FOR EACH ROW WHEN (((new.status = 'queued'::text) AND (new.due_at < 'infinity'::timestamp with time zone))) EXECUTE FUNCTION public.wake_account();

CREATE TRIGGER wake_tasks AFTER UPDATE ON public.accounts FOR EACH ROW WHEN (((new.channel = 'linkedin'::text) AND ((new.counted_messages < old.counted_messages) OR (new.counted_connections < old.counted_connections) OR ((((((((((new.daily_limit_messages IS DISTINCT FROM old.daily_limit_messages) OR (new.daily_limit_connections IS DISTINCT FROM old.daily_limit_connections)) OR (new.warmup_start IS DISTINCT FROM old.warmup_start)) OR (new.warmup_step IS DISTINCT FROM old.warmup_step)) OR (new.warmup_from IS DISTINCT FROM old.warmup_from)) OR (new.opens IS DISTINCT FROM old.opens)) OR (new.closes IS DISTINCT FROM old.closes)) OR (new.weekdays IS DISTINCT FROM old.weekdays)) OR (new.timezone IS DISTINCT FROM old.timezone)) OR (new.country IS DISTINCT FROM old.country))))) EXECUTE FUNCTION public.wake_tasks();

CREATE TRIGGER watch_afresh BEFORE UPDATE OF status ON public.accounts FOR EACH ROW WHEN (((old.status = 'paused'::text) AND (new.status = 'active'::text))) EXECUTE FUNCTION public.watch_afresh();

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_account_id FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_draft_id FOREIGN KEY (draft_id) REFERENCES public.drafts(id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_member_id FOREIGN KEY (member_id) REFERENCES public.members(id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT fk_api_keys_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.campaign_reviewers
    ADD CONSTRAINT fk_campaign_reviewers_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id);

ALTER TABLE ONLY public.campaign_reviewers
    ADD CONSTRAINT fk_campaign_reviewers_member_id FOREIGN KEY (member_id) REFERENCES public.members(id);

ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT fk_campaigns_account_id FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT fk_campaigns_offer_id FOREIGN KEY (offer_id) REFERENCES public.offers(id);

ALTER TABLE ONLY public.campaigns
    ADD CONSTRAINT fk_campaigns_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.cards
    ADD CONSTRAINT fk_cards_draft_id FOREIGN KEY (draft_id) REFERENCES public.drafts(id);

ALTER TABLE ONLY public.cards
    ADD CONSTRAINT fk_cards_member_id FOREIGN KEY (member_id) REFERENCES public.members(id);

ALTER TABLE ONLY public.cards
    ADD CONSTRAINT fk_cards_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT fk_contacts_offer_id FOREIGN KEY (offer_id) REFERENCES public.offers(id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT fk_contacts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.draft_approvals
    ADD CONSTRAINT fk_draft_approvals_draft_id FOREIGN KEY (draft_id) REFERENCES public.drafts(id);

ALTER TABLE ONLY public.draft_approvals
    ADD CONSTRAINT fk_draft_approvals_member_id FOREIGN KEY (member_id) REFERENCES public.members(id);

ALTER TABLE ONLY public.draft_approvals
    ADD CONSTRAINT fk_draft_approvals_version FOREIGN KEY (draft_id, version) REFERENCES public.draft_versions(draft_id, version);

ALTER TABLE ONLY public.draft_versions
    ADD CONSTRAINT fk_draft_versions_draft_id FOREIGN KEY (draft_id) REFERENCES public.drafts(id);

ALTER TABLE ONLY public.draft_versions
    ADD CONSTRAINT fk_draft_versions_edited_by FOREIGN KEY (edited_by) REFERENCES public.members(id);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_assigned_to FOREIGN KEY (assigned_to) REFERENCES public.members(id);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_change_asked_by FOREIGN KEY (change_asked_by) REFERENCES public.members(id);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_current_version FOREIGN KEY (id, version) REFERENCES public.draft_versions(draft_id, version) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_decided_by FOREIGN KEY (decided_by) REFERENCES public.members(id);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_inbound_message_id FOREIGN KEY (inbound_message_id) REFERENCES public.inbound_messages(id);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_sequence_instance_id FOREIGN KEY (sequence_instance_id) REFERENCES public.sequence_instances(id);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_snoozed_by FOREIGN KEY (snoozed_by) REFERENCES public.members(id);

ALTER TABLE ONLY public.drafts
    ADD CONSTRAINT fk_drafts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.homes
    ADD CONSTRAINT fk_homes_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id);

ALTER TABLE ONLY public.homes
    ADD CONSTRAINT fk_homes_member_id FOREIGN KEY (member_id) REFERENCES public.members(id);

ALTER TABLE ONLY public.homes
    ADD CONSTRAINT fk_homes_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.inbound_messages
    ADD CONSTRAINT fk_inbound_messages_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id);

ALTER TABLE ONLY public.inbound_messages
    ADD CONSTRAINT fk_inbound_messages_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.installations
    ADD CONSTRAINT fk_installations_installed_by FOREIGN KEY (installed_by) REFERENCES public.members(id);

ALTER TABLE ONLY public.installations
    ADD CONSTRAINT fk_installations_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.members
    ADD CONSTRAINT fk_members_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.message_events
    ADD CONSTRAINT fk_message_events_api_key_id FOREIGN KEY (api_key_id) REFERENCES public.api_keys(id);

ALTER TABLE ONLY public.message_events
    ADD CONSTRAINT fk_message_events_attempt_id FOREIGN KEY (attempt_id) REFERENCES public.send_attempts(id);

ALTER TABLE ONLY public.message_events
    ADD CONSTRAINT fk_message_events_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id);

ALTER TABLE ONLY public.message_events
    ADD CONSTRAINT fk_message_events_delivery_id FOREIGN KEY (delivery_id) REFERENCES public.send_queue(id);

ALTER TABLE ONLY public.message_events
    ADD CONSTRAINT fk_message_events_draft_id FOREIGN KEY (draft_id) REFERENCES public.drafts(id);

ALTER TABLE ONLY public.message_events
    ADD CONSTRAINT fk_message_events_member_id FOREIGN KEY (member_id) REFERENCES public.members(id);

ALTER TABLE ONLY public.message_events
    ADD CONSTRAINT fk_message_events_task_id FOREIGN KEY (task_id) REFERENCES public.tasks(id);

ALTER TABLE ONLY public.message_events
    ADD CONSTRAINT fk_message_events_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.offers
    ADD CONSTRAINT fk_offers_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.outreach_history
    ADD CONSTRAINT fk_outreach_history_account_id FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.outreach_history
    ADD CONSTRAINT fk_outreach_history_delivery_id FOREIGN KEY (delivery_id) REFERENCES public.send_queue(id);

ALTER TABLE ONLY public.outreach_history
    ADD CONSTRAINT fk_outreach_history_sequence_instance_id FOREIGN KEY (sequence_instance_id) REFERENCES public.sequence_instances(id);

ALTER TABLE ONLY public.outreach_history
    ADD CONSTRAINT fk_outreach_history_task_id FOREIGN KEY (task_id) REFERENCES public.tasks(id);

ALTER TABLE ONLY public.outreach_history
    ADD CONSTRAINT fk_outreach_history_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.send_attempts
    ADD CONSTRAINT fk_send_attempts_delivery FOREIGN KEY (delivery_id, draft_id) REFERENCES public.send_queue(id, draft_id);

ALTER TABLE ONLY public.send_attempts
    ADD CONSTRAINT fk_send_attempts_overruled_by FOREIGN KEY (overruled_by) REFERENCES public.members(id);

ALTER TABLE ONLY public.send_attempts
    ADD CONSTRAINT fk_send_attempts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.send_queue
    ADD CONSTRAINT fk_send_queue_account_id FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.send_queue
    ADD CONSTRAINT fk_send_queue_approved_version FOREIGN KEY (draft_id, content_version) REFERENCES public.draft_versions(draft_id, version);

ALTER TABLE ONLY public.send_queue
    ADD CONSTRAINT fk_send_queue_attempt FOREIGN KEY (attempt_id) REFERENCES public.send_attempts(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.send_queue
    ADD CONSTRAINT fk_send_queue_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id);

ALTER TABLE ONLY public.send_queue
    ADD CONSTRAINT fk_send_queue_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id);

ALTER TABLE ONLY public.send_queue
    ADD CONSTRAINT fk_send_queue_draft_id FOREIGN KEY (draft_id) REFERENCES public.drafts(id);

ALTER TABLE ONLY public.send_queue
    ADD CONSTRAINT fk_send_queue_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.sequence_instances
    ADD CONSTRAINT fk_sequence_instances_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id);

ALTER TABLE ONLY public.sequence_instances
    ADD CONSTRAINT fk_sequence_instances_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.suppressions
    ADD CONSTRAINT fk_suppressions_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.task_cards
    ADD CONSTRAINT fk_task_cards_member_id FOREIGN KEY (member_id) REFERENCES public.members(id);

ALTER TABLE ONLY public.task_cards
    ADD CONSTRAINT fk_task_cards_task_id FOREIGN KEY (task_id) REFERENCES public.tasks(id);

ALTER TABLE ONLY public.task_cards
    ADD CONSTRAINT fk_task_cards_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_account_id FOREIGN KEY (account_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_campaign_id FOREIGN KEY (campaign_id) REFERENCES public.campaigns(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_contact_id FOREIGN KEY (contact_id) REFERENCES public.contacts(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_done_by FOREIGN KEY (done_by) REFERENCES public.members(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_offered_to FOREIGN KEY (offered_to) REFERENCES public.members(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_sequence_instance_id FOREIGN KEY (sequence_instance_id) REFERENCES public.sequence_instances(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.workspaces(id);
