"""`status`, `queue`, `why` and `digest`: to look, and change nothing. For every member."""

from datetime import UTC, datetime

from bot.slack.outreach.typed import Typed
from core.access import act
from core.actor import Actor
from core.cards.answers import DraftLine, Message, answer, link, queue_answer, status_answer
from core.cards.digest_card import digest_card
from core.cards.mrkdwn import cut, escape
from core.db import Connection
from core.errors import Refusal
from core.ids import UUID
from core.reviewers.review_queue import QueueFilter, queue_of
from core.reviewers.waiting import WaitingDraft
from core.settings import settings
from core.taxonomy import RefusalCode, Role, Verb
from core.text.phrases import when
from core.text.words.states import RISKS
from core.views import digest as digests
from core.views import send_queue as queues
from core.views import status as stands
from core.views.why import about, place_of
from core.views.why import why as reason
from core.workspaces import timezone_for

#: Drafts of each sort that `queue` names.
MOST = 10


def status(typed: Typed) -> Message:
    """Whether mail goes, and what asks for attention."""
    found = act(typed.who.identify, Role.VIEWER, Verb.READ, stands.read)
    return status_answer(found, settings().public_url)


def digest(typed: Typed) -> Message:
    """Today so far."""
    return digest_card(act(typed.who.identify, Role.VIEWER, Verb.READ, _today))


def _today(tx: Connection, by: Actor) -> digests.Digest:
    assert by.workspace_id is not None
    return digests.read(tx, by.workspace_id)


def queue(typed: Typed) -> Message:
    """What waits for this member to decide, and what is approved and waits to be sent."""
    if typed.rest:
        return answer(
            "`/outreach queue` lists all campaigns and takes no other word. For one draft: `/outreach why crm-1`"
        )
    return act(typed.who.identify, Role.VIEWER, Verb.READ, _queue)


def _queue(tx: Connection, by: Actor) -> Message:
    assert by.workspace_id is not None
    mine = queue_of(tx, by, QueueFilter(), MOST)
    approved, total = queues.queued_deliveries(tx, by.workspace_id, most=MOST)
    lines = [DraftLine(one.draft_id, one.to, one.campaign, queues.waiting_sentence(one)) for one in approved[:MOST]]
    timezone = timezone_for(tx, by)
    to_decide = [
        DraftLine(one.draft_id, one.to_name or one.to_address, one.campaign, _waits(one, timezone))
        for one in mine.drafts
    ]
    return queue_answer(to_decide, mine.total, lines, total, settings().public_url)


def _waits(one: WaitingDraft, timezone: str) -> str:
    risk = f"{RISKS[one.risk]}, " if one.risk else ""
    return f"{risk}since {when(one.waits_since, datetime.now(UTC), timezone)}"


def why(typed: Typed) -> Message:
    """Why a draft has not been sent yet, or what became of it."""
    return act(typed.who.identify, Role.VIEWER, Verb.READ, lambda tx, by: _why(tx, by, typed.rest))


def _why(tx: Connection, by: Actor, named: str) -> Message:
    if not named:
        raise Refusal(RefusalCode.NOT_FOUND, "Which draft? Write its key, its id or the address: /outreach why crm-1")
    found = reason(tx, named, by)
    sentence = cut(about(found.called, found.sentence), 1_500)
    return answer(_linked(found.draft_id, found.called, sentence) if found.draft_id else escape(sentence))


def _linked(draft_id: UUID, called: str, sentence: str) -> str:
    """The sentence, in which what the draft is called leads to its page."""
    found = place_of(called, sentence)
    if found is None:  # a name as long as the sentence may be
        return escape(sentence)
    before, name, after = sentence[: found.start()], found[0], sentence[found.end() :]
    return f"{escape(before)}{link(settings().public_url, draft_id, name)}{escape(after)}"
