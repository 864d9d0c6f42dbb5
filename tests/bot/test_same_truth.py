"""Every surface tells the same truth: one draft is walked to each end, and what each surface says of it is compared."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bot.commands.lines import of_activity
from bot.web import words
from core.actor import Actor
from core.cards.digest_card import digest_card
from core.cards.draft_card import draft_card
from core.cards.home_tab import home_tab
from core.cards.thread import thread
from core.db import transaction
from core.delivery import skipping
from core.ids import UUID
from core.reviewers.review_queue import QueueFilter
from core.surfaces import threads
from core.taxonomy import Surface
from core.views import activity, digest, draft_page, home, send_queue
from core.views.draft import read
from tests.core.intake.feedback_parts import message_id, tell
from tests.fixtures.domain import REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow

PAGE = "https://signoff.example.com"


@dataclass(frozen=True)
class Said:
    """What each surface says, as plain text; `left` is the word of `signoff activity sent`."""

    state: str
    notification: str
    card: str
    thread: str
    why: str
    page: str
    home: str
    digest: str
    left: str


def texts(blocks: Any) -> str:
    """All text of a payload, in its order."""
    if isinstance(blocks, dict):
        own = [blocks["text"]] if isinstance(blocks.get("text"), str) else []
        return "\n".join([*own, *(texts(value) for key, value in blocks.items() if key != "metadata")])
    if isinstance(blocks, list):
        return "\n".join(texts(value) for value in blocks)
    return ""


def said(domain: Domain, draft: UUID, user: str = "U01ALICE") -> Said:
    """Everything that anybody can read of this draft now."""
    by = domain.member(user)
    with transaction() as tx:
        view = read(tx, draft)
        page = draft_page.read(tx, domain.workspace_id, draft)
        assert view is not None
        assert page is not None
        card, queued = draft_card(view, PAGE), send_queue.queued_delivery(tx, draft)
        reply = thread(view, threads.history(tx, draft), PAGE)
        also = [sentence.striptags() for _, sentence in words.also_came_back(page)]
        left = [of_activity(item, "UTC")[1] for item in activity.activity(tx, domain.workspace_id)]
        return Said(
            state=view.state,
            notification=str(card["text"]),
            card=texts(card["blocks"]),
            thread=texts(reply["blocks"]) if reply else "",
            why=send_queue.waiting_sentence(queued) if queued else send_queue.not_queued_sentence(view),
            page="\n".join([words.state_sentence(page).striptags(), *also]),
            home=texts(home_tab(home.read(tx, by, QueueFilter()), PAGE)["blocks"]),
            digest=str(digest_card(digest.read(tx, domain.workspace_id))["text"]),
            left=" ".join(left),
        )


def _sent(domain: Domain, draft: UUID) -> None:
    domain.deliver(draft, SENT)


def _came_back(*kinds: tuple[str, dict[str, Any]]) -> Callable[[Domain, UUID], None]:
    def walk(domain: Domain, draft: UUID) -> None:
        mail = message_id(domain, domain.deliver(draft, SENT))
        for kind, more in kinds:
            tell(domain, kind, message_id=mail, **more)

    return walk


def _unknown(domain: Domain, draft: UUID) -> None:
    domain.deliver(draft, UNKNOWN)


def _answered_while_unknown(domain: Domain, draft: UUID) -> None:
    tell(domain, "reply", message_id=message_id(domain, domain.deliver(draft, UNKNOWN)))


def _answered_before_our_bookkeeping(domain: Domain, draft: UUID) -> None:
    domain.approve(draft)
    domain.make_due()
    claimed = domain.claim()
    assert domain.start(claimed)
    tell(domain, "reply", message_id=message_id(domain, claimed))
    assert "Answered: a reply" in said(domain, draft).card.replace("*", "")
    domain.finish(claimed, SENT)


def _rejected(domain: Domain, draft: UUID) -> None:
    domain.reject(draft, reason="Wrong person.")


def _failed(domain: Domain, draft: UUID) -> None:
    domain.deliver(draft, REFUSED)


def _skipped_by(user: str | None) -> Callable[[Domain, UUID], None]:
    def walk(domain: Domain, draft: UUID) -> None:
        domain.approve(draft)
        by = domain.member(user) if user else Actor(Surface.CLI, domain.workspace_id)
        with transaction() as tx:
            skipping.skip(tx, draft, "wrong moment", by)

    return walk


def _skipped_by_a_gate(domain: Domain, draft: UUID) -> None:
    domain.approve(draft)
    tell(domain, "unsubscribe", draft="key-1")


#: The end, and what each surface says of it.
ENDS: dict[str, tuple[Callable[[Domain, UUID], None], dict[str, str]]] = {
    "sent": (
        _sent,
        {
            "state": "sent",
            "notification": "Sent,",
            "card": "*Sent* by <@U01ALICE>",
            "why": "Sent to ",
            "page": "Sent by Alice Anderson",
            "home": "*Sent today*\n1",
            "digest": "1 mail sent, no replies.",
            "left": "sent",
        },
    ),
    "bounced for good": (
        _came_back(("bounce", {"hard": True})),
        {
            "state": "bounced",
            "notification": "Bounced,",
            "card": "*Bounced:* hard bounce, address suppressed",
            "thread": "*Bounced (hard)*",
            "why": "bounced: hard bounce, address suppressed",
            "page": "Bounced: hard bounce, address suppressed",
            "home": "*Bounced today*\n1",
            "digest": "1 mail sent, no replies, 1 bounce.",
            "left": "bounced",
        },
    ),
    "bounced this time": (
        _came_back(("bounce", {"hard": False})),
        {
            "state": "bounced",
            "notification": "Bounced,",
            "card": "*Bounced:* soft bounce,",
            "thread": "*Bounced (soft)*",
            "why": "bounced: soft bounce,",
            "page": "Bounced: soft bounce,",
            "home": "*Bounced today*\n1",
            "digest": "1 bounce (none hard)",
            "left": "bounced",
        },
    ),
    "answered": (
        _came_back(("reply", {"id": "a"})),
        {
            "state": "answered",
            "notification": "Answered,",
            "card": "*Answered:* a reply",
            "thread": "*Contact replied*",
            "why": "was answered: a reply",
            "page": "Answered: a reply",
            "home": "*Answered today*\n1",
            "digest": "1 mail sent, 1 reply.",
            "left": "answered",
        },
    ),
    "answered twice": (
        _came_back(("reply", {"id": "a"}), ("reply", {"id": "b"}), ("reply", {"id": "b"})),
        {
            "state": "answered",
            "card": "*Answered:* 2 replies, the last",
            "why": "was answered: 2 replies, the last",
            "page": "Answered: 2 replies, the last",
            "home": "*Answered today*\n1",
            "digest": "1 mail sent, 2 replies to 1 message.",
            "left": "answered",
        },
    ),
    "unsubscribed after an answer": (
        _came_back(("reply", {}), ("unsubscribe", {})),
        {
            "state": "unsubscribed",
            "notification": "Unsubscribed,",
            "card": "*Answered:* a reply",
            "thread": "*Contact unsubscribed*",
            "why": "They unsubscribed: the contact opted out",
            "page": "Unsubscribed: the contact opted out",
            "home": "*Unsubscribed today*\n1",
            "digest": "1 mail sent, 1 reply, 1 opted out.",
            "left": "unsubscribed",
        },
    ),
    "reported": (
        _came_back(("complaint", {})),
        {
            "state": "reported",
            "notification": "Reported as spam,",
            "card": "*Reported as spam:* they will not be contacted again",
            "thread": "*Reported as spam*",
            "why": "It was reported as spam",
            "page": "Reported as spam: they will not be contacted again",
            "home": "*Reported as spam*\n1",
            "digest": "1 spam report",
            "left": "reported as spam",
        },
    ),
    "answered before our bookkeeping": (
        _answered_before_our_bookkeeping,
        {"state": "answered", "card": "*Answered:* a reply", "why": "was answered", "left": "answered"},
    ),
    "unknown": (
        _unknown,
        {
            "state": "outcome_unknown",
            "card": "*Outcome unknown:*",
            "why": "may have been sent",
            "page": "Outcome unknown",
            "home": "*Outcome unknown*\n1",
            "digest": "1 outcome is unknown",
            "left": "may have arrived",
        },
    ),
    "answered while unknown": (
        _answered_while_unknown,
        {
            "state": "answered",
            "card": "*Answered:* a reply",
            "thread": "*Contact replied*",
            "why": "was answered: a reply",
            "page": "Answered: a reply",
            "home": "*Answered today*\n1",
            "digest": "1 mail sent, 1 reply.",
            "left": "answered",
        },
    ),
    "rejected": (
        _rejected,
        {
            "state": "rejected",
            "card": "*Rejected* by <@U01ALICE>",
            "why": "was rejected",
            "page": "Rejected by Alice Anderson",
            "home": "*Decided today*\n1",
            "digest": "1 rejected",
            "left": "",
        },
    ),
    "skipped by a person": (
        _skipped_by("U03CAROL"),
        {
            "state": "failed_back",
            "notification": "Skipped, back in review,",
            "card": ":fast_forward: *Skipped by <@U03CAROL>:* wrong moment. Nothing was sent;",
            "why": "was skipped by Carol Chen: wrong moment. It is back in review.",
            "page": "Skipped by Carol Chen: wrong moment. Nothing was sent;",
            "home": "Skipped by Carol Chen: wrong moment",
            "left": "",
        },
    ),
    "skipped by an operator": (
        _skipped_by(None),
        {
            "card": "*Skipped by an operator:* wrong moment.",
            "why": "was skipped by an operator: wrong moment.",
            "page": "Skipped by an operator: wrong moment.",
            "home": "Skipped by an operator: wrong moment",
        },
    ),
    "skipped by a gate": (
        _skipped_by_a_gate,
        {"card": "*Blocked:*", "home": "has opted out", "why": "is blocked: ", "page": "Blocked: "},
    ),
    "failed": (
        _failed,
        {
            "state": "failed_back",
            "card": "*Failed:*",
            "why": "came back to its reviewers",
            "page": "Failed:",
            "home": "Came back",
            "digest": "1 draft waits for a decision",
            "left": "",
        },
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_every_surface_says_the_same_of_a_draft_s_end(domain: Domain, end: str) -> None:
    walk, expected = ENDS[end]
    draft = domain.ingest()
    walk(domain, draft)
    found = said(domain, draft)
    for surface, words_ in expected.items():
        there = getattr(found, surface)
        assert words_ in there if words_ else not there, f"{surface} of {end}: {there}"
    if found.state in {"bounced", "unsubscribed", "reported"}:
        assert ":white_check_mark: *Sent*" not in found.card
