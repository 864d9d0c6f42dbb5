"""`/outreach`: what an operator types. Pause is committed before the answer leaves (P7)."""

from slack_bolt import BoltResponse

from bot.slack.payload import Body, commander
from bot.slack.tell import IN_DOUBT, NOTHING_HAPPENED
from core import campaigns, metrics
from core.act import act
from core.cards.mrkdwn import cut, escape
from core.errors import CommitInDoubt, DatabaseAway, Refusal
from core.taxonomy import Role, Verb

HELP = (
    "`/outreach pause <campaign>` stops a campaign at once, mail that is about to leave included.\n"
    "`/outreach resume <campaign>` lets it go on.\n"
    "`/outreach help` shows this. Campaigns go by their slug, or by their name where it is clear."
)

_SWITCHES = {
    "pause": (
        Verb.PAUSE,
        campaigns.pause,
        "Paused {name}. {count}. Nothing of this campaign leaves until `/outreach resume`.",
    ),
    "resume": (Verb.RESUME, campaigns.resume, "Resumed {name}. {count}."),
}


def outreach(body: Body) -> BoltResponse:
    """Answer one command. Everything unknown gets a short help."""
    word, _, rest = str(body.get("text") or "").strip().partition(" ")
    if word.casefold() not in _SWITCHES:
        metrics.click("outreach", "help")
        lead = "" if word.casefold() in ("", "help") else f"I do not know `{escape(cut(word, 40))}`.\n"
        return _say(lead + HELP)
    return _say(_switch(word.casefold(), rest, body))


def _switch(word: str, named: str, body: Body) -> str:
    verb, switch, sentence = _SWITCHES[word]
    try:
        switched = act(
            commander(body).identify,
            Role.ADMIN,
            verb,
            lambda tx, by: switch(tx, campaigns.find(tx, named[:200], by), by),
        )
    except Refusal as refusal:
        metrics.click(word, refusal.code)
        return escape(str(refusal))
    except DatabaseAway as away:
        metrics.click(word, "away")
        return IN_DOUBT if isinstance(away, CommitInDoubt) else NOTHING_HAPPENED
    metrics.click(word, "done")
    count = {0: "No mail is waiting", 1: "1 mail is waiting"}.get(
        switched.waiting, f"{switched.waiting} mails are waiting"
    )
    return sentence.format(name=escape(switched.name), count=count)


def _say(text: str) -> BoltResponse:
    return BoltResponse(status=200, body={"response_type": "ephemeral", "text": text})
