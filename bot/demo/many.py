"""As many drafts as a day of review has: made of a few lists, always the same, no two alike."""

from collections.abc import Iterator
from typing import Any

from core.drafts.ingest import DraftIn

FIRST = (
    "Ada",
    "Bruno",
    "Chiara",
    "Dev",
    "Elif",
    "Finn",
    "Greta",
    "Hana",
    "Ivo",
    "Jana",
    "Kofi",
    "Lena",
    "Milo",
    "Nadia",
)
LAST = (
    "Marsh",
    "Okafor",
    "Lindqvist",
    "Costa",
    "Novak",
    "Price",
    "Barr",
    "Hughes",
    "Sato",
    "Quinn",
    "Weiss",
    "Dubois",
    "Yilmaz",
)
#: What the place is called, what its people are, what goes wrong there, and when.
TRADES = (
    ("Bakery", "bakers", "the early oven has nobody to light it", "a Saturday in December"),
    ("Bookshop", "booksellers", "the reading needs three people and the till two", "the week before Christmas"),
    ("Cinema", "projectionists", "two films end at the same minute", "a rainy Sunday"),
    ("Garden Centre", "gardeners", "the whole town wants compost at once", "the first warm weekend"),
    ("Veterinary Practice", "nurses", "the night shift swaps by post-it", "a bank holiday"),
    ("Swimming Pool", "lifeguards", "a school arrives that nobody wrote down", "the last week of term"),
    ("Hotel", "receptionists", "a coach checks in an hour early", "every second Friday"),
    ("Library", "librarians", "the mobile van needs a second driver", "half-term"),
    ("Museum", "guides", "the Dutch tour comes and the Dutch speaker is off", "a long summer"),
    ("Hardware Store", "assistants", "the one who can cut keys is at lunch", "a Monday morning"),
)
ROLES = ("Manager", "Owner", "Head of operations", "Shift lead", "Director")
OPENINGS = (
    "somebody at your counter told me last week that {trouble}, and that this is how you know it is {when}.",
    "on {when} I stood in a queue and watched {trouble}. Nobody was at fault; the rota was.",
    "when {trouble}, whoever has the telephone number of all your {people} has a bad hour. On {when}, that is you.",
    "we asked forty places like yours what they dread. Most said {when}; most of them, because {trouble}.",
)
OFFERS = (
    "Acme Rota asks the right three people by text message, and tells you who said yes. Is there a quarter of an hour?",
    "Acme Rota keeps the swaps that your {people} make anyway, and says so before a gap opens. Is Thursday bad?",
    "With Acme Rota the gap is filled before you have your coat off. Shall I send two minutes of film, without sound?",
)
SIGNED = "Sam Hill\nAcme"


def many(count: int) -> Iterator[DraftIn]:
    """The first `count` of them. Some want a closer look, a few answer a letter, one in a while is long."""
    for number in range(count):
        yield DraftIn.model_validate(_line(number))


def _line(number: int) -> dict[str, Any]:
    first, last = FIRST[number % len(FIRST)], LAST[number % len(LAST)]
    place, people, trouble, when = TRADES[number % len(TRADES)]
    company = f"{last} {place}"
    said = {"trouble": trouble, "when": when, "people": people}
    paragraphs = [
        f"Hi {first},",
        OPENINGS[number % len(OPENINGS)].format(**said),
        *(_long(people) if number % 23 == 22 else ()),
        OFFERS[number % len(OFFERS)].format(**said),
        SIGNED,
    ]
    line: dict[str, Any] = {
        "key": f"demo-{number + 1:04}",
        "campaign": "launch",
        "to": {
            "email": f"{first}.{last}{number + 1}@{last}-{place.split()[0]}.example.org".lower(),
            "first_name": first,
            "last_name": last,
            "company": company,
            **({} if number % 9 == 8 else {"title": ROLES[number % len(ROLES)]}),  # without a role: a closer look
        },
        "subject": f"{when[0].upper()}{when[1:]} at {company}",
        "body": "\n\n".join(paragraphs),
        "evidence": [f"https://{last}-{place.split()[0]}.example.org/about".lower(), f"Seen there on {when}"],
        "confidence": round(0.7 + number % 29 / 100, 2),
    }
    if number % 13 == 12:
        theirs = f"Hi Sam, does it also work where half of our {people} have no smartphone?\n\n{first}"
        line |= {"kind": "reply", "inbound": {"subject": f"Re: {company}", "body": theirs}}
    return line


def _long(people: str) -> Iterator[str]:
    for week in range(1, 9):
        yield (
            f"Week {week} of the trial went like this. Your {people} got a message on Sunday with their shifts, "
            "and answered it, or did not. Who had not by Monday noon got a second one. On Tuesday you saw the gaps: "
            f"{9 - week} of them. You closed them as you always do, by asking nicely, but you asked the right people."
        )
