"""One trouble as a line for admins: what is wrong, with what, and what helps."""

from core.cards.mrkdwn import cut, escape
from core.views.trouble import Trouble, TroubleKind

_LINES: dict[TroubleKind, str] = {
    TroubleKind.SENDING_STOPPED: ":octagonal_sign: *Nothing is sent:* {why}",
    TroubleKind.OUTCOME_UNKNOWN: ":grey_question: *{mails}* with an unknown outcome: see the cards.",
    TroubleKind.ACCOUNT_PAUSED: ":double_vertical_bar: *{name}* is paused: {why}",
    TroubleKind.ACCOUNT_UNHEALTHY: ":face_with_thermometer: *{name}* has a health of {count} and sends nothing.",
    TroubleKind.LIMIT_REACHED: ":hourglass: *{name}* has used its {count} of today; the rest waits for tomorrow.",
    TroubleKind.CAMPAIGN_PAUSED: ":double_vertical_bar: *{name}* is paused; {mails} waiting for `/outreach resume`.",
    TroubleKind.NOTHING_REVIEWED: ":zzz: *{name}* has had no decision for long; {drafts} waiting.",
}


def line(trouble: Trouble) -> str:
    """A line of mrkdwn, well under a section in length."""
    return _LINES[trouble.kind].format(
        name=escape(cut(trouble.name, 300)),
        why=escape(cut(trouble.why or "nobody said why.", 500)),
        count=f"{trouble.count:,}",
        mails=_counted(trouble.count, "mail"),
        drafts=_counted(trouble.count, "draft"),
    )


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
