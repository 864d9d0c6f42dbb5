"""What a person may stop at any moment: a campaign, or all sending. And that without it, mail does go."""

import sqlalchemy as sa

from core import delivery
from core.campaigns import pausing
from core.ids import new_id
from core.installation import restored as restore
from core.installation.restored import Mark
from core.models import Delivery, Installation
from core.taxonomy import GateCode
from core.verify.rules_account import AT_ONCE
from core.verify.scene import Broken, Scene


def goes(scene: Scene) -> str:
    """An ordinary mail is claimed and may start, so the rules below are tried on mail that would be sent."""
    scene.mail()
    claimed = scene.claimed()
    if not delivery.start(scene.tx, claimed):
        raise Broken("it was claimed, but might not start")
    return "it was claimed, and passed the point before DATA (no server was spoken to)"


def campaign_paused(scene: Scene) -> str:
    """A paused campaign sends nothing, not even mail that was already picked up."""
    return scene.stops(lambda: pausing.pause(scene.tx, scene.campaign_id, scene.by), GateCode.CAMPAIGN_NOT_ACTIVE)


def sending_stopped(scene: Scene) -> str:
    """While all sending is stopped nothing is sent, not even mail that was already picked up."""
    stop = sa.update(Installation).values(sending_stopped="Verify.")
    return scene.stops(lambda: scene.tx.execute(stop), GateCode.SENDING_STOPPED)


def lease(scene: Scene) -> str:
    """A worker whose lease has run out does not send the mail: another may have it by now."""
    mail = scene.mail()
    claimed = scene.claimed()
    late = sa.func.clock_timestamp() - sa.text("interval '1 second'")
    scene.tx.execute(sa.update(Delivery).where(Delivery.id == mail.delivery_id).values(lease_until=late))
    scene.stopped_at_start(claimed)
    return "an attempt whose lease had run out was stopped before DATA"


def restored(scene: Scene) -> str:
    """A database that lacks the start of a sent mail is detected."""
    scene.set_account(**AT_ONCE)
    scene.mail()
    claimed = scene.claimed()
    mark = Mark(claimed.number, claimed.attempt_id)
    if restore.lost_mark(scene.tx, [mark]) != mark:
        raise Broken("a sent attempt of which only the claim is known was not missed")
    if not delivery.start(scene.tx, claimed):
        raise Broken("an ordinary mail might not start")
    if restore.lost_mark(scene.tx, [mark]) is not None:
        raise Broken("an attempt whose start is known here was missed")
    if restore.lost_mark(scene.tx, [mark, Mark(claimed.number - 1, new_id())]) is None:
        raise Broken("a sent attempt that is not known was not missed")
    return "starts that are not remembered were missed, one of which the claim is known included"
