"""Review and delivery as one machine: any order of clicks, workers, crashes, pauses, on a real Postgres (P1-P4, P10).

Hypothesis chooses the steps. Beside the database runs a model of a few lines, and an outside world that only counts how
often a mail passed DATA. `HYPOTHESIS_PROFILE=thorough` tries many times as many ways.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, ClassVar

import hypothesis
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg import errors as pg

from core import delivery
from core import models as m
from core.access import act
from core.actor import Actor, slack_user
from core.campaigns import pausing
from core.db import engine, transaction
from core.delivery import Claimed
from core.delivery.evidence import Evidence, record
from core.drafts import review
from core.drafts.assign import assign
from core.drafts.expire import expire_due, restore
from core.drafts.ingest import DraftIn, ingest
from core.drafts.quorum import Endorsed
from core.drafts.review import request_changes
from core.drafts.snooze import snooze, wake, wake_due
from core.drafts.state import OPEN, draft_state
from core.drafts.undo import undo
from core.errors import Conflict, Refusal, Stale
from core.ids import UUID
from core.mail.outcome import Outcome
from core.settings import settings
from core.states import ASSIGNABLE, DELIVERY, DRAFT, LIVE_DELIVERY, OPEN_DRAFT
from core.taxonomy import AttemptOutcome, EvidenceKind, RefusalCode, Role, Says, Surface, Verb
from jobs.apply_campaign_status import apply_campaign_status
from tests.core.delivery.test_unknown_walk import BY_OVERRULING
from tests.core.drafts.review_parts import ask_changes, somebody
from tests.fixtures.cases import cases
from tests.fixtures.domain import BUSY, HELD_BACK, REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow

TRIES = 3
#: Transitions that no code makes yet.
NO_VERB_YET = {"submit", "block"}
DRAFT_VERBS = {"ingest", *(verb for _, verb, _ in DRAFT.transitions)}
#: Carol is an admin. Dave reviews for other campaigns, and here only what is assigned to him.
REVIEWERS = ("U01ALICE", "U02BOB", "U03CAROL")
OUTSIDER = "U05DAVE"
OTHERS = {"U04VERA": RefusalCode.ROLE_TOO_LOW, "U99NOBODY": RefusalCode.UNKNOWN_MEMBER}
PEOPLE = st.sampled_from([*REVIEWERS, *REVIEWERS, OUTSIDER, *OTHERS])
#: Mostly the version that is there; else an old one, or one that never was.
SEEN = st.sampled_from([0, 0, 0, 0, -1, 1])
HELD = ("claimed", "sending")
CHANCE = st.integers(0, 999)
TRUTH = st.sampled_from([SENT, REFUSED, BUSY])


@dataclass
class Try:
    """One attempt: what our side did, and what the outside world saw."""

    claimed: Claimed
    draft: "Model"
    started: bool = False
    #: What the mail server decided once DATA had passed; told to us at once, late or never.
    truth: Outcome | None = None
    outcome: AttemptOutcome | None = None


@dataclass
class Model:
    """A draft, as a person with a notebook would keep it."""

    id: UUID
    number: int
    #: The optimistic one: its round of review.
    version: int = 1
    status: str = "needs_review"
    delivery: str | None = None
    #: The round that wrote the text: a draft that came back is in a new round of the same text.
    written: int = 1
    approved: int = 0
    tries: int = 0
    due: bool = False
    holder: Try | None = None
    #: The contact has opted out.
    opted_out: bool = False
    attempts: list[Try] = field(default_factory=list)
    #: Who edited it last, whose it is, whether it was put off, and who of several has approved this version.
    writer: str | None = None
    assigned: str | None = None
    snoozed: bool = False
    endorsers: set[str] = field(default_factory=set)

    def is_for(self, user: str) -> bool:
        """Whether this person decides on it."""
        return user in REVIEWERS or (user == OUTSIDER and self.assigned == OUTSIDER)

    @property
    def in_review(self) -> str:
        """Where it comes back to: what no mail of it would pass keeps it from being approved."""
        return "manual_review" if self.opted_out else "needs_review"

    def renewed(self) -> None:
        """Another round: whoever had approved the old one has approved nothing."""
        self.version += 1
        self.endorsers.clear()


class Spine(RuleBasedStateMachine):
    """The rules are the verbs; `domain` and `database` are given by the test."""

    domain: ClassVar[Domain]
    database: ClassVar[psycopg.Connection[Any]]
    members: ClassVar[dict[str, UUID]]
    numbers: ClassVar[Iterator[int]]

    def __init__(self) -> None:
        super().__init__()
        self.number = next(self.numbers)
        self.paused = False
        #: How many must approve, and whether one may approve what one wrote; and whether there is time for an undo.
        self.quorum, self.self_approval, self.window = 1, True, False
        (self.refusals,) = self._sql("SELECT count(*) FROM message_events WHERE verb = 'refuse'").fetchone()
        self.models: list[Model] = []
        self.account, self.campaign = self._own_campaign()

    def _own_campaign(self) -> tuple[UUID, UUID]:
        """An account and a campaign of this case, so that its queue is its own."""
        with transaction() as tx:
            account = tx.scalar(
                sa.insert(m.Account)
                .values(
                    workspace_id=self.domain.workspace_id,
                    address=f"sam{self.number}@example.com",
                    name="Sam Hill",
                    smtp_url="smtp://127.0.0.1:9",
                    timezone="Europe/London",
                    spacing_min_minutes=0,
                    spacing_max_minutes=0,
                )
                .returning(m.Account.id)
            )
            offer = tx.scalar(sa.select(m.Offer.id))
            campaign = tx.scalar(
                sa.insert(m.Campaign)
                .values(
                    workspace_id=self.domain.workspace_id,
                    offer_id=offer,
                    account_id=account,
                    slug=f"c{self.number}",
                    name=f"Campaign {self.number}",
                )
                .returning(m.Campaign.id)
            )
            assert account is not None
            assert campaign is not None
            reviewers = [{"campaign_id": campaign, "member_id": self.members[user]} for user in REVIEWERS[:2]]
            tx.execute(sa.insert(m.CampaignReviewer), reviewers)
        return account, campaign

    # --- people ---

    @initialize(window=st.sampled_from([False, False, True]))
    def begin(self, window: bool) -> None:
        self.window = window
        self._sql("UPDATE workspaces SET undo_seconds = %s", 60 if window else 0)
        for _ in range(3):
            self.ingest()
        self._approve(self.models[0], 0, "U01ALICE")

    @precondition(lambda self: len(self.models) < 6)
    @rule()
    def ingest(self) -> None:
        number = len(self.models)
        line = {
            "key": f"{self.number}-{number}",
            "campaign": f"c{self.number}",
            "to": {"email": f"dana{number}@case{self.number}.example.org", "first_name": "Dana"},
            "subject": "Hello",
            "body": text_of(number, 1),
        }
        with transaction() as tx:
            by = Actor(Surface.API, self.domain.workspace_id)
            made = ingest(tx, self.domain.workspace_id, DraftIn.model_validate(line), by)
        self.models.append(Model(made.draft_id, number))

    def _draft(self, chance: int, *likely: str) -> Model:
        """One of the drafts; most often one where `likely` is its status or its delivery's."""
        fits = [draft for draft in self.models if draft.status in likely or draft.delivery in likely]
        chosen = fits if fits and chance % 8 else self.models
        return chosen[chance % len(chosen)]

    def _try(self, chance: int, *likely: str) -> Try | None:
        """One of the attempts that there ever were; most often one that holds a delivery in such a state."""
        holders = [draft.holder for draft in self.models if draft.holder and draft.delivery in likely]
        chosen = holders if holders and chance % 8 else [tried for draft in self.models for tried in draft.attempts]
        return chosen[chance % len(chosen)] if chosen else None

    @rule(chance=CHANCE, seen=SEEN, user=PEOPLE)
    def approve(self, chance: int, seen: int, user: str) -> None:
        self._approve(self._draft(chance, "needs_review"), seen, user)

    def _approve(self, draft: Model, seen: int, user: str) -> None:
        version = draft.version + seen
        own = not self.self_approval and draft.writer == user
        enough = self.quorum == 1 or len(draft.endorsers) >= self.quorum
        free = draft.status == "needs_review" and draft.is_for(user) and not seen and not own
        made = self._act(Verb.APPROVE, draft, version, user, lambda tx, by: review.approve(tx, draft.id, version, by))
        assert (made is not None) == (free and (enough or user not in draft.endorsers))
        if made is None:
            return
        draft.snoozed = False
        if not enough:
            draft.endorsers.add(user)
        if isinstance(made, Endorsed):
            assert (made.have, made.needed) == (len(draft.endorsers), self.quorum)
            assert made.have < made.needed
            return
        assert len(draft.endorsers) >= self.quorum or self.quorum == 1
        draft.status, draft.delivery, draft.approved = "approved", "queued", draft.written
        draft.tries, draft.due, draft.holder = 0, not self.window, None

    @precondition(lambda self: self.quorum > 1)
    @rule(chance=CHANCE)
    def all_approve(self, chance: int) -> None:
        """Several people approve one after the other, as they should."""
        draft = self._draft(chance, "needs_review")
        for user in REVIEWERS:
            self._approve(draft, 0, user)

    @precondition(lambda self: any(draft.delivery for draft in self.models))
    @rule(chance=CHANCE, user=PEOPLE)
    def undo(self, chance: int, user: str) -> None:
        if not chance % 4:
            self._undo(self._draft(chance, "queued"), user)

    def _undo(self, draft: Model, user: str) -> None:
        if self._act(Verb.UNDO, draft, draft.version, user, lambda tx, by: [undo(tx, draft.id, draft.version, by)]):
            assert draft.delivery == "queued"
            draft.delivery, draft.status = "cancelled", draft.in_review
            draft.renewed()
        else:
            assert not draft.is_for(user) or draft.delivery != "queued"

    @rule(chance=st.integers(0, 4), quorum=st.integers(1, 2), self_approval=st.booleans())
    def change_rules(self, chance: int, quorum: int, self_approval: bool) -> None:
        """What the campaign asks of those who approve; mostly, after a while, as little as at first."""
        if chance > 2:
            quorum, self_approval = 1, True
        self.quorum, self.self_approval = quorum, self_approval
        self._sql(
            "UPDATE campaigns SET quorum = %s, self_approval = %s WHERE id = %s", quorum, self_approval, self.campaign
        )

    @rule(chance=CHANCE, seen=SEEN, user=PEOPLE, blocked=st.booleans())
    def edit(self, chance: int, seen: int, user: str, blocked: bool) -> None:
        self._edit(self._draft(chance, "needs_review", "manual_review", "pending"), seen, user, blocked)

    @precondition(lambda self: any(draft.status in ("manual_review", "pending") for draft in self.models))
    @rule(chance=CHANCE, user=st.sampled_from(REVIEWERS), blocked=st.booleans())
    def put_right(self, chance: int, user: str, blocked: bool) -> None:
        """The next version of what somebody has to write anew."""
        self._edit(self._draft(chance, "manual_review", "pending"), 0, user, blocked)

    def _edit(self, draft: Model, seen: int, user: str, blocked: bool) -> None:
        version = draft.version + seen
        text = text_of(draft.number, version + 1) + (" {{first_name}}" if blocked else "")
        if self._act(
            Verb.EDIT, draft, version, user, lambda tx, by: review.edit(tx, draft.id, version, "Hi", text, by)
        ):
            assert draft.status in DRAFT.sources(Verb.EDIT)
            draft.renewed()
            draft.written, draft.writer = draft.version, user
            draft.status = "manual_review" if blocked or draft.opted_out else "needs_review"
        else:
            assert not draft.is_for(user) or draft.status not in DRAFT.sources(Verb.EDIT) or seen

    @precondition(lambda self: sum(draft.status == "rejected" for draft in self.models) < 2)
    @rule(chance=CHANCE, seen=SEEN, user=PEOPLE)
    def reject(self, chance: int, seen: int, user: str) -> None:
        draft = self._draft(chance, *[["manual_review"], ["needs_review", "manual_review"], ["pending"]][chance % 3])
        version = draft.version + seen
        if self._act(
            Verb.REJECT, draft, version, user, lambda tx, by: [review.reject(tx, draft.id, version, "No.", by)]
        ):
            assert draft.status in DRAFT.sources(Verb.REJECT)
            draft.status, draft.snoozed = "rejected", False
        else:
            assert not draft.is_for(user) or draft.status not in DRAFT.sources(Verb.REJECT) or seen

    @rule(chance=CHANCE, seen=SEEN, user=PEOPLE)
    def request_changes(self, chance: int, seen: int, user: str) -> None:
        draft = self._draft(chance, "manual_review" if chance % 2 else "needs_review")
        version = draft.version + seen
        if self._act(
            Verb.REQUEST_CHANGES,
            draft,
            version,
            user,
            lambda tx, by: [request_changes(tx, draft.id, version, "Shorter.", by)],
        ):
            assert draft.status in OPEN_DRAFT
            draft.status, draft.snoozed = "pending", False
        else:
            assert not draft.is_for(user) or draft.status not in OPEN_DRAFT or seen

    @rule(chance=CHANCE, seen=SEEN, user=PEOPLE)
    def snooze(self, chance: int, seen: int, user: str) -> None:
        """Put one off, or have it again: by a person, or because its time has come."""
        draft = self._draft(chance, *OPEN_DRAFT)
        version = draft.version + seen
        if draft.snoozed and chance % 2:
            self._sql("UPDATE drafts SET snoozed_until = now() - interval '1 s' WHERE id = %s", draft.id)
            with transaction() as tx:
                assert wake_due(tx) == [draft.id]
            draft.snoozed = False
        elif draft.snoozed:
            if self._act(Verb.WAKE, draft, draft.version, user, lambda tx, by: [wake(tx, draft.id, by)]):
                draft.snoozed = False
        else:
            until = datetime.now(UTC) + timedelta(hours=1)
            done = self._act(
                Verb.SNOOZE, draft, version, user, lambda tx, by: [snooze(tx, draft.id, version, until, by)]
            )
            assert bool(done) == (draft.is_for(user) and draft.status in OPEN_DRAFT and not seen)
            draft.snoozed = bool(done)

    @rule(chance=CHANCE, user=PEOPLE, to=st.sampled_from(["U01ALICE", "U02BOB", OUTSIDER]))
    def assign(self, chance: int, user: str, to: str) -> None:
        draft = self._draft(chance, *ASSIGNABLE)
        done = self._act(
            Verb.ASSIGN, draft, draft.version, user, lambda tx, by: [assign(tx, draft.id, self.members[to], by)]
        )
        assert bool(done) == (draft.is_for(user) and draft.status in ASSIGNABLE and draft.assigned != to)
        draft.assigned = to if done else draft.assigned

    @rule(chance=CHANCE)
    def expire(self, chance: int) -> None:
        """One of them has waited for too long, as far as the rows know."""
        if chance % 3:
            return
        draft = self._draft(chance, "pending" if chance % 2 else "needs_review")
        self._sql("UPDATE drafts SET waits_since = now() - interval '15 days' WHERE id = %s", draft.id)
        with transaction() as tx:
            expired = expire_due(tx)
        self._sql("UPDATE drafts SET waits_since = now() WHERE id = %s", draft.id)
        waited = draft.status in ("needs_review", "pending") and not draft.snoozed
        assert expired == ([draft.id] if waited else [])
        if expired:
            draft.status = "expired"

    @precondition(lambda self: any(draft.status == "expired" for draft in self.models))
    @rule(chance=CHANCE, user=PEOPLE)
    def restore(self, chance: int, user: str) -> None:
        draft = self._draft(chance, "expired")
        if self._act(Verb.RESTORE, draft, draft.version, user, lambda tx, by: [restore(tx, draft.id, by)]):
            assert draft.status == "expired"
            draft.status = draft.in_review
        else:
            assert not draft.is_for(user) or draft.status != "expired"

    def _act(self, verb: Verb, draft: Model, version: int, user: str, do: Any) -> Any:
        """Try as this person; what was done, or None: a refusal says why, and is counted."""
        try:
            done = act(lambda tx: slack_user(tx, "T01TEST", user), Role.REVIEWER, verb, do, draft_id=draft.id)
        except Refusal as refusal:
            self.refusals += 1
            self._rightly(refusal, draft, verb, version, user)
            return None
        assert draft.is_for(user)
        assert version == draft.version, "a stale act changed something"
        return done

    def _rightly(self, refusal: Refusal, draft: Model, verb: Verb, version: int, user: str) -> None:
        if user in OTHERS:
            assert refusal.code == OTHERS[user]
        elif verb == Verb.UNDO and draft.delivery in LIVE_DELIVERY and draft.delivery != "queued":
            assert refusal.code == RefusalCode.TOO_LATE
        elif verb == Verb.UNDO and not draft.is_for(user):
            assert refusal.code == RefusalCode.NOT_A_REVIEWER
        elif draft.status in ("approved", "rejected") and (verb, draft.status) != (Verb.UNDO, "approved"):
            assert isinstance(refusal, Conflict)
            assert refusal.who
            assert refusal.at
        elif not draft.is_for(user):
            assert refusal.code == RefusalCode.NOT_A_REVIEWER
        elif draft.status == "expired":
            assert refusal.code == RefusalCode.ALREADY_DECIDED
        elif version != draft.version:
            assert isinstance(refusal, Stale)
            assert refusal.current == draft.version
        elif verb != Verb.APPROVE or draft.status == "pending":
            assert refusal.code == RefusalCode.NOTHING_TO_DO or draft.status == "manual_review"
        elif draft.status == "manual_review":
            assert refusal.code == RefusalCode.BLOCKED
        elif draft.writer == user and not self.self_approval:
            assert refusal.code == RefusalCode.OWN_WORK
        else:
            assert refusal.code == RefusalCode.ALREADY_ENDORSED

    @precondition(lambda self: self.paused or any(draft.delivery in ("queued", "claimed") for draft in self.models))
    @rule(chance=st.integers(0, 3))
    def pause_or_resume(self, chance: int) -> None:
        if self.paused or not chance:
            self._switch()

    def _switch(self) -> None:
        switch = pausing.resume if self.paused else pausing.pause
        with transaction() as tx:
            waiting = switch(tx, self.campaign, slack_user(tx, "T01TEST", "U03CAROL")).waiting
        self.paused = not self.paused
        if not self.paused:
            apply_campaign_status(self.campaign)  # as the clock does after a resume: what rested is due again
        assert waiting == sum(draft.delivery in ("queued", "claimed") for draft in self.models)

    # --- workers ---

    @precondition(lambda self: any(draft.delivery == "queued" for draft in self.models))
    @rule()
    def claim(self) -> None:
        self._claim()

    def _claim(self) -> Try | None:
        due = [] if self.paused else [d for d in self.models if d.delivery == "queued" and d.due]
        ready = [draft for draft in due if not draft.opted_out]
        with transaction() as tx:
            claimed = delivery.claim(tx, self.account)
        self._skipped([draft for draft in due if draft.opted_out], all_of_them=claimed is None)
        if claimed is None:
            assert not ready
            return None
        (draft,) = [draft for draft in ready if draft.id == claimed.draft_id]
        tried = Try(claimed, draft)
        draft.delivery, draft.holder = "claimed", tried
        draft.attempts.append(tried)
        assert text_of(draft.number, draft.approved).encode() in claimed.mime, "not the text that was approved"
        return tried

    def _skipped(self, drafts: list[Model], *, all_of_them: bool) -> None:
        """What will never pass and stood before the one that was claimed is back with a person."""
        for draft in drafts:
            statement = "SELECT status FROM send_queue WHERE draft_id = %s ORDER BY id DESC LIMIT 1"
            (status,) = self._sql(statement, draft.id).fetchone()
            assert status == "skipped" or not all_of_them
            if status == "skipped":
                draft.delivery, draft.status = "skipped", draft.in_review
                draft.renewed()

    @precondition(lambda self: any(draft.delivery in ("queued", "claimed") for draft in self.models))
    @rule(chance=CHANCE)
    def opt_out(self, chance: int) -> None:
        """The contact asks not to be written to, mostly while their mail waits or is on its way."""
        if chance % 3:
            return
        draft = self._draft(chance, "queued", "claimed")
        draft.opted_out = True
        draft.status = draft.in_review if draft.status == "needs_review" else draft.status
        self._sql(
            "UPDATE contacts SET status = 'do_not_contact' WHERE id = (SELECT contact_id FROM drafts WHERE id = %s)",
            draft.id,
        )
        if chance % 2:
            self._claim()

    @precondition(lambda self: any(draft.attempts for draft in self.models))
    @rule(chance=CHANCE, truth=TRUTH)
    def start(self, chance: int, truth: Outcome) -> None:
        """Also by a worker whose lease is long over, and twice by the same."""
        self._start(self._try(chance, "claimed"), truth)

    def _start(self, tried: Try | None, truth: Outcome) -> None:
        if tried is None:
            return
        with transaction() as tx:
            may = delivery.start(tx, tried.claimed)
        assert may == (
            tried.draft.holder is tried
            and tried.draft.delivery == "claimed"
            and not self.paused
            and not tried.draft.opted_out
        )
        if may:
            assert not tried.started
            tried.started, tried.truth = True, truth
            tried.draft.delivery = "sending"

    @precondition(lambda self: any(draft.attempts for draft in self.models))
    @rule(chance=CHANCE, answered=st.booleans(), fault=st.sampled_from([REFUSED, BUSY, HELD_BACK]))
    def finish(self, chance: int, answered: bool, fault: Outcome) -> None:
        """At once, late, or twice: a worker says what it knows, and after DATA it may have heard nothing."""
        self._finish(self._try(chance, *HELD, "outcome_unknown"), answered, fault)

    def _finish(self, tried: Try | None, answered: bool, fault: Outcome) -> None:
        if tried is None:
            return
        outcome = fault if tried.truth is None else tried.truth if answered else UNKNOWN
        with transaction() as tx:
            delivery.finish(tx, tried.claimed.attempt_id, outcome)
        self._finished(tried, outcome)

    @precondition(lambda self: any(draft.delivery == "outcome_unknown" for draft in self.models))
    @rule(chance=CHANCE)
    def answer_late(self, chance: int) -> None:
        """What nobody knew becomes known."""
        self._finish(self._try(chance, "outcome_unknown"), True, HELD_BACK)

    def _finished(self, tried: Try, outcome: Outcome) -> None:
        if tried.outcome in (AttemptOutcome.SENT, AttemptOutcome.NOT_SENT) or tried.outcome == outcome.kind:
            return
        tried.outcome = outcome.kind
        draft = tried.draft
        assert draft.holder is tried, "an attempt that is open holds its delivery"
        if outcome.kind == AttemptOutcome.SENT:
            draft.delivery = "sent"
        elif outcome.kind == AttemptOutcome.UNKNOWN:
            draft.delivery = "outcome_unknown"
        elif draft.delivery != "outcome_unknown" and (
            outcome is HELD_BACK or (outcome.transient and draft.tries + 1 < TRIES)
        ):
            draft.delivery = "queued"
            draft.due = outcome is HELD_BACK
            draft.tries += outcome is not HELD_BACK
        else:
            draft.delivery, draft.status = "failed", draft.in_review
            draft.renewed()

    @precondition(lambda self: any(draft.delivery in HELD for draft in self.models))
    @rule(chance=CHANCE)
    def crash(self, chance: int) -> None:
        """The worker is gone or stands still: its lease runs out, and the clock finds it."""
        self._crash(self._try(chance, *HELD))

    def _crash(self, tried: Try | None) -> None:
        if tried is None or tried.draft.holder is not tried or tried.draft.delivery not in HELD:
            return
        was = tried.draft.delivery
        self._sql("UPDATE send_queue SET lease_until = now() - interval '1 s' WHERE id = %s", tried.claimed.delivery_id)
        with transaction() as tx:
            assert tried.draft.id in delivery.expire_leases(tx)
        self._finished(tried, BUSY if was == "claimed" else UNKNOWN)

    @precondition(lambda self: any(draft.delivery == "queued" and not draft.due for draft in self.models))
    @rule()
    def time_passes(self) -> None:
        self._time_passes()

    def _time_passes(self) -> None:
        self._sql(
            "UPDATE send_queue SET due_at = created_at WHERE status = 'queued' AND account_id = %s",
            self.account,
        )
        for draft in self.models:
            draft.due = draft.due or draft.delivery == "queued"

    @precondition(lambda self: any(draft.delivery == "queued" and draft.due for draft in self.models))
    @rule(truth=TRUTH, answered=st.booleans())
    def deliver(self, truth: Outcome, answered: bool) -> None:
        """The whole way of an attempt at once, as it mostly goes."""
        tried = self._claim()
        self._start(tried, truth)
        self._finish(tried, answered, HELD_BACK)

    @precondition(lambda self: not self.paused and any(d.delivery == "queued" and not d.opted_out for d in self.models))
    @rule(truth=TRUTH, asleep_after_start=st.sampled_from([False, False, True]))
    def sleep(self, truth: Outcome, asleep_after_start: bool) -> None:
        """A worker stands still for longer than its lease; another takes over; the first wakes and goes on."""
        self._time_passes()
        asleep = self._claim()
        if asleep_after_start:
            self._start(asleep, truth)
        self._crash(asleep)
        self._time_passes()
        awake = self._claim()
        self._start(asleep, truth)
        self._start(awake, truth)
        self._finish(asleep, True, BUSY)

    @precondition(lambda self: any(draft.delivery == "queued" for draft in self.models))
    @rule(times=st.integers(1, TRIES + 1), before_data=st.booleans(), fault=st.sampled_from([BUSY, HELD_BACK]))
    def keep_trying(self, times: int, before_data: bool, fault: Outcome) -> None:
        """A server that is busy for a while, or for good; or we hold back ourselves."""
        for _ in range(times):
            self._time_passes()
            tried = self._claim()
            if not before_data:
                self._start(tried, BUSY)
            self._finish(tried, True, fault)

    @precondition(lambda self: not self.paused and any(d.delivery == "queued" and d.due for d in self.models))
    @rule(truth=TRUTH)
    def pause_late(self, truth: Outcome) -> None:
        """A pause while the worker talks to the server: it is obeyed before DATA."""
        tried = self._claim()
        self._switch()
        self._start(tried, truth)
        self._finish(tried, True, HELD_BACK)
        self._switch()

    @precondition(lambda self: not self.paused and any(d.delivery == "queued" and d.due for d in self.models))
    @rule(user=st.sampled_from(REVIEWERS), truth=TRUTH)
    def undo_late(self, user: str, truth: Outcome) -> None:
        """An undo while the worker talks to the server is told that it is too late, and changes nothing."""
        if tried := self._claim():
            self._undo(tried.draft, user)
            self._start(tried, truth)
            self._undo(tried.draft, user)
            self._finish(tried, True, HELD_BACK)

    # --- somebody careless, past all code (P4) ---

    @precondition(lambda self: any(draft.delivery for draft in self.models))
    @rule(chance=CHANCE, which=st.integers(0, 8))
    def tamper(self, chance: int, which: int) -> None:
        """Every statement breaks a promise, and must be refused by the database itself."""
        draft = self._draft(chance, *LIVE_DELIVERY)
        may_have_left = any(t.started and t.outcome != AttemptOutcome.NOT_SENT for t in draft.attempts)
        attempt = (
            "INSERT INTO send_attempts (id, workspace_id, delivery_id, draft_id, message_id, mime, mime_sha256,"
            " started_at) SELECT gen_random_uuid(), workspace_id, id, draft_id, gen_random_uuid()::text, '', '', now()"
            " FROM send_queue WHERE draft_id = %s"
        )
        wrong = [
            (bool(draft.attempts), "UPDATE send_attempts SET mime = 'x' WHERE draft_id = %s"),
            (True, "DELETE FROM message_events WHERE draft_id = %s"),
            (may_have_left, attempt),
            (may_have_left, "UPDATE send_queue SET status = 'queued', lease_until = NULL WHERE draft_id = %s"),
            (may_have_left, "UPDATE send_queue SET status = 'failed', lease_until = NULL WHERE draft_id = %s"),
            (draft.delivery in LIVE_DELIVERY, SECOND_DELIVERY),
            (
                draft.delivery in LIVE_DELIVERY,
                "UPDATE drafts SET status = 'needs_review', decided_at = NULL WHERE id = %s",
            ),
            (draft.status != "needs_review", APPROVAL_OF_CAROL),
            (
                draft.status == "needs_review" and len(draft.endorsers) < self.quorum > 1,
                "UPDATE drafts SET status = 'approved', decided_at = now(), snoozed_until = NULL WHERE id = %s",
            ),
        ]
        applies, statement = wrong[which]
        if not applies:
            return
        with pytest.raises(pg.IntegrityError):
            self._sql(statement, draft.id)

    # --- what always holds ---

    @invariant()
    def p1_at_most_one_mail_a_draft_may_have_left(self) -> None:
        for draft in self.models:
            left = [t for t in draft.attempts if t.truth is SENT]
            assert len(left) <= 1
        worst = self._sql(
            "SELECT count(*) FROM send_attempts WHERE started_at IS NOT NULL AND outcome IS DISTINCT FROM 'not_sent'"
            " GROUP BY draft_id ORDER BY 1 DESC LIMIT 1"
        ).fetchone()
        assert worst is None or worst[0] == 1

    @invariant()
    def p2_the_rows_are_what_the_notebook_says(self) -> None:
        """And so nothing is lost: each state of the notebook leads on, or stands before a person."""
        rows = {
            row[0]: row[1:]
            for row in self._sql(
                "SELECT d.id, d.status, d.review_round, q.status, q.lease_until IS NOT NULL, d.assigned_to,"
                " d.snoozed_until IS NOT NULL,"
                " (SELECT count(*) FROM draft_approvals WHERE draft_id = d.id AND review_round = d.review_round)"
                " FROM drafts d LEFT JOIN LATERAL"
                " (SELECT * FROM send_queue WHERE draft_id = d.id ORDER BY id DESC LIMIT 1) q ON true"
                " WHERE d.campaign_id = %s",
                self.campaign,
            )
        }
        assert rows == {
            draft.id: (
                draft.status,
                draft.version,
                draft.delivery,
                draft.delivery in HELD,  # only these hold a lease
                self.members[draft.assigned] if draft.assigned else None,
                draft.snoozed,
                len(draft.endorsers),
            )
            for draft in self.models
        }
        for draft in self.models:
            assert (draft.status == "approved") == (draft.delivery in LIVE_DELIVERY)
            state = draft_state(
                draft.status, returned=False, delivery_status=draft.delivery, held_back=self.paused or not draft.due
            )
            assert (state in OPEN) == (draft.status in OPEN_DRAFT)

    @invariant()
    def p10_the_events_tell_the_whole_story(self) -> None:
        drafts: dict[Any, list[str | None]] = {}
        deliveries: dict[Any, list[str | None]] = {}
        for verb, draft, moved, before, after in self._sql(
            "SELECT verb, e.draft_id, e.delivery_id, from_status, to_status FROM message_events e"
            " JOIN drafts d ON d.id = e.draft_id WHERE d.campaign_id = %s AND verb <> 'refuse' ORDER BY e.id",
            self.campaign,
        ):
            if after is None:  # it moved nothing
                continue
            chain = (
                drafts.setdefault(draft, [None]) if verb in DRAFT_VERBS else deliveries.setdefault(moved, ["queued"])
            )
            assert chain[-1] == before, f"{verb}: a change before it left no event"
            chain.append(after)
        for draft in self.models:
            assert drafts[draft.id][-1] == draft.status
            if draft.holder:
                assert deliveries[draft.holder.claimed.delivery_id][-1] == draft.delivery
        (refused,) = self._sql("SELECT count(*) FROM message_events WHERE verb = 'refuse'").fetchone()
        assert refused == self.refusals, "a refused act left no event, or two"

    def _sql(self, statement: str, *parameters: object) -> Any:
        return self.database.execute(statement, parameters)  # type: ignore[call-overload]  # texts of this test


APPROVAL_OF_CAROL = (
    "INSERT INTO draft_approvals (draft_id, version, member_id, timing, surface) SELECT d.id, d.version, m.id,"
    " 'earliest', 'web' FROM drafts d, members m WHERE d.id = %s AND m.slack_user_id = 'U03CAROL'"
)
SECOND_DELIVERY = (
    "INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id)"
    " SELECT gen_random_uuid(), workspace_id, draft_id, content_version, campaign_id, account_id, contact_id"
    " FROM send_queue WHERE draft_id = %s ORDER BY id DESC LIMIT 1"
)


def text_of(draft: int, version: int) -> str:
    return f"This is text {version} of draft {draft}."


def run_machine(domain: Domain, monkeypatch: pytest.MonkeyPatch, how: hypothesis.settings) -> set[tuple[str, ...]]:
    """Try `how` many ways; returns every (from, verb, to) that was gone."""
    monkeypatch.setenv("DELIVERY_TRIES", str(TRIES))
    settings.cache_clear()
    somebody(domain, OUTSIDER)
    domain.sql("UPDATE workspaces SET expire_after_days = 14")
    (name,) = domain.rows("SELECT current_database()")[0]
    domain.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")  # no machine crashes here, and the disk is slow
    engine().dispose()
    with domain.connect() as connection:
        Spine.domain, Spine.database, Spine.numbers = domain, connection, count(1)
        Spine.members = dict(connection.execute("SELECT slack_user_id, id FROM members").fetchall())
        run_state_machine_as_test(Spine, settings=how)
        return set(connection.execute("SELECT DISTINCT from_status, verb, to_status FROM message_events").fetchall())


def test_p1_p2_p3_p4_p10_hold_on_every_way(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = run_machine(domain, monkeypatch, cases(480, steps=40, least=80))
    gone |= _by_foot(domain)
    ways = {(str(a), str(v), str(b)) for a, v, b in DRAFT.transitions + DELIVERY.transitions}
    missed = ways - BY_OVERRULING - gone  # those have a walk of their own
    assert {verb for _, verb, _ in missed} <= NO_VERB_YET, f"no case went through {sorted(missed)}"


def _by_foot(domain: Domain) -> set[tuple[str, ...]]:
    """The rarest ways, which a run of the cases may miss."""
    blocked, unclear = (domain.ingest(key=key, body="Hi {{first_name}}") for key in ("blocked", "unclear"))
    asked, forgotten, restored, unwanted = (
        domain.ingest(key=key) for key in ("asked", "forgotten", "restored", "unwanted")
    )
    freed = domain.ingest(key="freed")
    for status in ("do_not_contact", "available"):
        domain.sql(
            "UPDATE contacts SET status = %s WHERE id = (SELECT contact_id FROM drafts WHERE id = %s)", status, freed
        )
    again = domain.ingest(key="again", body="Hi {{first_name}}")
    domain.edit(again, body="Hi {{last_name}}")
    ask_changes(unclear)
    domain.edit(unclear, body="Hi {{last_name}}")
    for draft in (asked, forgotten):
        ask_changes(draft)
    for draft in (blocked, asked):
        domain.reject(draft)
    domain.sql("UPDATE drafts SET waits_since = now() - interval '15 days' WHERE id = %s", forgotten)
    with transaction() as tx:
        assert expire_due(tx) == [forgotten]
    domain.sql("UPDATE drafts SET waits_since = now() - interval '15 days' WHERE id = %s", restored)
    with transaction() as tx:
        assert expire_due(tx) == [restored]
    with transaction() as tx:
        restore(tx, restored, domain.member())
    domain.vote(unwanted)
    domain.sql(
        "UPDATE contacts SET status = 'do_not_contact' WHERE id = (SELECT contact_id FROM drafts WHERE id = %s)",
        unwanted,
    )
    domain.make_due()
    assert domain.try_claim() is None
    undone = domain.ingest(key="undone")
    domain.vote(undone)
    with transaction() as tx:
        undo(tx, undone, 1, domain.member())
    rewritten = domain.ingest(key="rewritten")
    ask_changes(rewritten)
    domain.edit(rewritten)
    started = []
    for outcome, says in ((SENT, None), (REFUSED, None), (UNKNOWN, Says.ARRIVED), (UNKNOWN, Says.REFUSED)):
        started.append(domain.ingest(key=f"{outcome.kind}, then {says}"))
        domain.vote(started[-1])
        domain.make_due()
        claimed = domain.claim()
        assert domain.start(claimed)
        domain.finish(claimed, outcome)
        if says:
            with transaction() as tx:
                record(tx, claimed.attempt_id, Evidence(EvidenceKind.DELIVERY_REPORT, says, datetime.now(UTC)))
    refused = domain.ingest(key="refused")
    domain.vote(refused)
    domain.make_due()
    domain.finish(domain.claim(), REFUSED)
    by_foot = [
        blocked,
        unclear,
        asked,
        forgotten,
        restored,
        unwanted,
        undone,
        rewritten,
        refused,
        freed,
        again,
        *started,
    ]
    statement = "SELECT from_status, verb, to_status FROM message_events WHERE draft_id = ANY(%s)"
    return set(domain.rows(statement, by_foot))
