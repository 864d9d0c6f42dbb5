"""Whom nobody writes to: whoever was written to lately, opted out, replied, or is on the suppression list."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.delivery.gates import COOLING_OFF
from core.drafts.block import block_refused
from core.ids import UUID
from core.models import Contact, Delivery, Draft, InboundMessage, OutreachHistory, SequenceInstance, Suppression
from core.taxonomy import BlockedBy, ContactStatus, DraftKind, DraftStatus, GateCode, HistoryStatus, SuppressedBy
from core.text.folding import fold_text
from core.verify.rules_account import AT_ONCE
from core.verify.scene import Broken, Mail, Scene, add


def sixty_days(scene: Scene) -> str:
    """A person contacted yesterday, for any offer and in any spelling, is not contacted today."""
    yesterday = scene.now() - timedelta(days=1)
    told = []
    for what, email, linkedin, written in (
        ("address", "Dana@Verify.example", None, ("email_folded", "dana@verify.example")),
        ("LinkedIn URL", "d@verify.example", "https://www.linkedin.com/in/Dana/", ("linkedin_folded", "in/dana")),
    ):
        mail = scene.mail(scene.person(email=email, linkedin_url=linkedin))
        _history(scene, yesterday, **dict([written]))
        scene.held(mail, GateCode.SIXTY_DAYS)
        until = scene.tx.scalar(sa.select(Delivery.due_at).where(Delivery.id == mail.delivery_id))
        if until is None or until < yesterday + COOLING_OFF:
            raise Broken(f"it was held by {what}, but only until {until:%d %b %Y %H:%M}")
        scene.refuses_the_claim(mail, "sixty_days:")
        told.append(what)
    return f"known by {' and by '.join(told)}: held until {until:%d %b %Y}, and refused by the database"


def sixty_days_over(scene: Scene) -> str:
    """The rule does not apply after sixty days, after a failed mail, or within one sequence."""
    long_ago, yesterday = scene.now() - COOLING_OFF - timedelta(minutes=1), scene.now() - timedelta(days=1)
    scene.set_account(**AT_ONCE)
    scene.mail(scene.person(email="old@verify.example"))
    _history(scene, long_ago, email_folded="old@verify.example")
    scene.claimed()
    scene.mail(scene.person(email="failed@verify.example"))
    _history(scene, yesterday, status=HistoryStatus.FAILED, email_folded="failed@verify.example")
    scene.claimed()
    person = scene.person(email="step@verify.example")
    sequence = add(scene.tx, SequenceInstance, workspace_id=scene.workspace_id, contact_id=person, key="verify")
    _history(scene, yesterday, sequence_instance_id=sequence, email_folded="step@verify.example")
    draft = scene.draft(person, kind=DraftKind.FOLLOW_UP)
    scene.sql("UPDATE drafts SET sequence_instance_id = :sequence WHERE id = :id", sequence=sequence, id=draft)
    scene.approve(draft)
    scene.claimed()
    return "a contact of 60 days ago, one whose mail failed, and the next step of a sequence were let through"


def one_at_a_time(scene: Scene) -> str:
    """Two accounts do not write to the same person at the same time."""
    other = scene.account()
    first = scene.mail(scene.person(email="dana@verify.example"))
    second = scene.mail(
        scene.person(email="DANA@verify.example", offer_id=scene.offer()), campaign_id=scene.campaign(other)
    )
    scene.claimed()
    scene.held(second, GateCode.SIXTY_DAYS, other)
    scene.refuses_the_claim(second, "sixty_days:")
    assert first != second
    return "while one account was sending, the other's mail to the same person was held, and refused"


def opted_out(scene: Scene) -> str:
    """A person who opted out gets no more mail, not even mail that was already picked up."""
    return _unwilling(scene, ContactStatus.DO_NOT_CONTACT, GateCode.OPTED_OUT)


def replied(scene: Scene) -> str:
    """A person who replied gets none of the mail planned before."""
    return _unwilling(scene, ContactStatus.REPLIED, GateCode.REPLIED)


def whole_person(scene: Scene) -> str:
    """An opt-out covers all contacts of a person."""
    scene.set_account(**AT_ONCE)
    in_hand = scene.mail(scene.person(email="dana@verify.example"))
    claimed = scene.claimed()
    waiting = scene.mail(scene.person(email="DANA@verify.example", offer_id=scene.offer()))
    other = scene.person(email="Dana@verify.example", offer_id=scene.offer())
    _set_contact(scene, other, ContactStatus.DO_NOT_CONTACT)
    scene.stopped_at_start(claimed)
    scene.refuses_the_claim(waiting, "opted_out:")
    told = _skipped(scene, waiting, GateCode.OPTED_OUT)
    assert in_hand != waiting
    return f"opted out in another offer: {told}, and refused by the database"


def answers(scene: Scene) -> str:
    """Only a person who has written to us can get a reply."""
    scene.set_account(**AT_ONCE)
    _history(scene, scene.now() - timedelta(days=1), email_folded="dana@verify.example")
    person = scene.person(email="dana@verify.example")
    mail = scene.mail(person, kind=DraftKind.REPLY)
    scene.refuses_the_claim(mail, "sixty_days:")
    scene.held(mail, GateCode.SIXTY_DAYS)
    add(scene.tx, InboundMessage, workspace_id=scene.workspace_id, contact_id=person, subject="Hello?", body="Hello?")
    scene.mail(person, kind=DraftKind.REPLY)
    scene.claimed()
    return "a reply to somebody who never wrote was held, and refused by the database; one to somebody who did was not"


def _unwilling(scene: Scene, status: ContactStatus, code: GateCode) -> str:
    scene.set_account(**AT_ONCE)
    in_hand = scene.mail()
    claimed = scene.claimed()
    _set_contact(scene, in_hand.contact_id, status)
    scene.stopped_at_start(claimed)
    waiting = scene.mail()
    _set_contact(scene, waiting.contact_id, status)
    return _skipped(scene, waiting, code)


def suppressed(scene: Scene) -> str:
    """Nobody on the suppression list, by address, domain or company, gets mail, not even mail already picked up."""
    scene.set_account(**AT_ONCE)
    for kind, value in (
        (SuppressedBy.ADDRESS, "dana@one.example"),
        (SuppressedBy.DOMAIN, "two.example"),
        (SuppressedBy.COMPANY, "three"),
    ):
        email = {SuppressedBy.ADDRESS: value, SuppressedBy.DOMAIN: f"dana@mail.{value}"}.get(kind, "dana@three.example")
        person = scene.person(email=email, company="Three")
        scene.mail(person)
        claimed = scene.claimed()
        again = scene.mail(scene.person(email=email.upper(), company=" THREE ", offer_id=scene.offer()))
        _suppress(scene, kind, value)
        scene.stopped_at_start(claimed)
        told = _skipped(scene, again, GateCode.SUPPRESSED)
        new = scene.draft(scene.person(email=email.upper(), company=" THREE ", offer_id=scene.offer()))
        if block_refused(scene.tx, [new]) != [new]:
            raise Broken(f"a new draft to somebody whom the list names by {kind} is not blocked")
    return f"by address, domain and company: {told}"


#: What is on the list, how a person is spelt, and whether that is the same one.
SPELLINGS = (
    ("INA@verify.example", "ina@verify.example", True),
    ("jose\u0301@verify.example", "JOS\u00c9@verify.example", True),
    ("\uff24ana@verify.example", "dana@verify.example", True),
    ("\u0130lk@verify.example", "i\u0307lk@verify.example", True),
    ("\u0130pek@verify.example", "ipek@verify.example", False),
    ("\u0131s\u0131k@verify.example", "isik@verify.example", False),
    ("stra\u00df@verify.example", "strass@verify.example", False),
)
PAGES = ("https://www.linkedin.com/in/Jos%C3%A9-X1/", "in/jos\u00e9-x1")


def spellings(scene: Scene) -> str:
    """Spellings of one address are one person, and different addresses are not, whatever the server's language."""
    for listed, spelt, same in SPELLINGS:
        mail = scene.mail(scene.person(email=spelt))
        before = scene.facts(mail).suppressed_by
        entry = {"kind": SuppressedBy.ADDRESS, "value_folded": listed, "reason": "Verify."}
        add(scene.tx, Suppression, workspace_id=scene.workspace_id, **entry)
        if before is not None or (scene.facts(mail).suppressed_by is not None) != same:
            raise Broken(f"with {listed!a} on the list, {spelt!a} was {'free' if same else 'held'}")
        if fold_text(spelt) != scene.tx.scalar(sa.select(sa.func.fold_text(spelt))):
            raise Broken(f"the database and the program fold {spelt!a} differently")
    mail = scene.mail(scene.person(linkedin_url=PAGES[0]))
    if not scene.tx.scalar(sa.select(Contact.linkedin_folded == PAGES[1]).where(Contact.id == mail.contact_id)):
        raise Broken("a LinkedIn page with an encoded letter in its name was taken for another person's")
    acme = scene.person(linkedin_url="https://www.linkedin.com/company/acme/")
    if scene.tx.scalar(sa.select(Contact.linkedin_folded).where(Contact.id == acme)) is not None:
        raise Broken("a company's page was taken for a person")
    return f"{len(SPELLINGS)} spellings of addresses and {len(PAGES)} of a page were told apart as they should be"


def _skipped(scene: Scene, mail: Mail, code: GateCode) -> str:
    """Held for good: skipped, and its draft is back with a person (P2)."""
    scene.held(mail, code)
    status, back = scene.tx.execute(
        sa.text("SELECT q.status, d.status FROM send_queue q JOIN drafts d ON d.id = q.draft_id WHERE q.id = :id"),
        {"id": mail.delivery_id},
    ).one()
    if (status, back) != ("skipped", "manual_review"):
        raise Broken(f"the delivery is {status} and the draft {back}, where it should be back with a person, blocked")
    return "what waited was skipped and is back, blocked; what was already picked up stopped before DATA"


def open_drafts(scene: Scene) -> str:
    """News about a person blocks their open drafts at once, and unblocks them when it is withdrawn."""
    facts: tuple[tuple[BlockedBy, Callable[[UUID], None], Callable[[UUID], None]], ...] = (
        (BlockedBy.OPTED_OUT, _is(scene, ContactStatus.DO_NOT_CONTACT), _is(scene, ContactStatus.AVAILABLE)),
        (BlockedBy.REPLIED, _is(scene, ContactStatus.REPLIED), _is(scene, ContactStatus.AVAILABLE)),
        (
            BlockedBy.DOMAIN,
            lambda _person: _suppress(scene, SuppressedBy.DOMAIN, "open.example"),
            lambda _person: scene.sql("DELETE FROM suppressions WHERE value_folded = 'open.example'"),
        ),
    )
    for code, known, lifted in facts:
        person = scene.person(email=f"{code}@mail.open.example")
        draft_id = scene.draft(person)
        known(person)
        _expect(scene, draft_id, DraftStatus.MANUAL_REVIEW, code)
        unblock = "UPDATE drafts SET status = 'needs_review', blocked_by = NULL, risk = NULL WHERE id = :id"
        scene.sql(unblock, id=draft_id)
        approve = "UPDATE drafts SET status = 'approved', decided_at = now(), decided_by = :who WHERE id = :id"
        scene.refused("an approval past the code", approve, f"to: {code}", id=draft_id, who=scene.by.member_id)
        block_refused(scene.tx, [draft_id])
        if code == BlockedBy.DOMAIN and not scene.tx.scalar(_MAY_LIFT):
            continue  # whoever may take nothing off the list has nothing lifted
        lifted(person)
        _expect(scene, draft_id, DraftStatus.NEEDS_REVIEW, None)
    return "blocked at once, refused by the database, and free again when it was lifted"


_MAY_LIFT = sa.text("SELECT has_table_privilege('suppressions', 'DELETE')")


def _expect(scene: Scene, draft_id: UUID, status: DraftStatus, code: BlockedBy | None) -> None:
    seen = scene.tx.execute(sa.select(Draft.status, Draft.blocked_by).where(Draft.id == draft_id)).one()
    if tuple(seen) != (status, code):
        raise Broken(f"the draft is {seen.status}, blocked by {seen.blocked_by}, and should be {status}, by {code}")


def _is(scene: Scene, status: ContactStatus) -> Callable[[UUID], None]:
    return lambda person: _set_contact(scene, person, status)


def _suppress(scene: Scene, kind: SuppressedBy, value: str) -> None:
    add(scene.tx, Suppression, workspace_id=scene.workspace_id, kind=kind, value_folded=value, reason="Verify.")


def _history(scene: Scene, at: datetime, **more: Any) -> None:
    values = {"status": HistoryStatus.SENT, "contacted_at": at} | more
    add(scene.tx, OutreachHistory, workspace_id=scene.workspace_id, **values)


def _set_contact(scene: Scene, contact_id: UUID, status: ContactStatus) -> None:
    scene.tx.execute(sa.update(Contact).where(Contact.id == contact_id).values(status=status))
