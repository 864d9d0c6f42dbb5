-- The state machine of a task: it begins waiting, belongs to a LinkedIn account, never changes what it asks for, and
-- is offered to somebody who decides in its workspace, under the next number, is done only if somebody was offered it,
-- and says who told of its end, and why it came to none. Every change of its status raises the revision, which its cards follow.
-- Promises: P4, P9.
-- Twin: core/states.py TASK; core/tasks/offer.py offer_next; core/tasks/report.py done.
CREATE OR REPLACE FUNCTION guard_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'waiting' THEN
            RAISE EXCEPTION 'a task cannot begin as %', NEW.status USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        PERFORM FROM accounts WHERE id = NEW.account_id AND workspace_id = NEW.workspace_id AND channel = 'linkedin';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a task belongs to a LinkedIn account' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.offers <> 0 OR NEW.done_by IS NOT NULL THEN
            RAISE EXCEPTION 'a task cannot begin as one that somebody was offered'
                USING ERRCODE = 'integrity_constraint_violation';
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
    IF NEW.status = 'offered' AND (
        NEW.offers <> OLD.offers + 1 OR NOT EXISTS (
            SELECT FROM members WHERE id = NEW.offered_to AND workspace_id = NEW.workspace_id AND active
                AND role IN ('reviewer', 'admin', 'owner')
        )
    ) THEN
        RAISE EXCEPTION 'a task cannot be offered but to somebody who decides, as its next offer'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status IN ('done', 'could_not') AND NEW.done_by IS NULL THEN
        RAISE EXCEPTION 'a task cannot be % by nobody', NEW.status USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status IN ('could_not', 'skipped') AND coalesce(NEW.reason, '') !~ '\S' THEN
        RAISE EXCEPTION 'a task cannot be % without a reason', NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END $$;
