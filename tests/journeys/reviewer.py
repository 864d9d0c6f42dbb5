"""A person at their Slack, for stories: what they click and choose, what they see, and what they are told."""

import json
from dataclasses import dataclass
from typing import Any

from bot.sandbox.client import Json, Result, button
from core.ids import UUID
from tests.fixtures.full_stack import FullStack
from tests.fixtures.waiting import wait_until

SECONDS = 30.0


@dataclass(frozen=True)
class Reviewer:
    """One member of the full stack."""

    full_stack: FullStack
    user: str

    def sees(self, draft: UUID, words: str) -> Json:
        """Their card of this draft, once it says so."""
        return self.full_stack.wait_for_card(self.user, draft, words, seconds=SECONDS)

    def no_longer_sees(self, draft: UUID, words: str) -> Json:
        """Their card of this draft, once it has stopped to say so."""

        def card() -> Json | None:
            now = self.card(draft)
            return now if words not in json.dumps(now, ensure_ascii=False) else None

        found: Json = wait_until(card, seconds=SECONDS, what=f"a card of {self.user} without {words!r}")
        return found

    def card(self, draft: UUID) -> Json:
        """Their card of this draft, once there is one."""
        return self.full_stack.card(self.user, draft, seconds=SECONDS)

    def clicks(self, card: Json, action: str) -> None:
        """Press a button of a card, as it was when they looked."""
        assert self.full_stack.slack.click(self.user, card, action, edit=card["edits"]).ok

    def picks(self, card: Json, word: str) -> None:
        """Choose from the menu of a card, as it was when they looked: by the word in the value of what is chosen."""
        values = [option["value"] for option in menu(card)]
        value = next(value for value in values if value.startswith(f"{word}:"))
        assert self.full_stack.slack.click(self.user, card, "more", option=value, edit=card["edits"]).ok

    def modal(self, words: str) -> Json:
        """The window in front of them, once it says so."""

        def view() -> Json | None:
            views = self.full_stack.slack.views(self.user)
            return views[-1] if views and words in json.dumps(views[-1], ensure_ascii=False) else None

        found: Json = wait_until(view, seconds=SECONDS, what=f"a window for {self.user} that says {words!r}")
        return found

    def submits(self, view: Json, **values: Any) -> Result:
        """Fill a window in, and send it."""
        return self.full_stack.slack.submit(self.user, view, values)

    def closes(self, view: Json) -> None:
        self.full_stack.slack.close_view(self.user, view)

    def told(self, words: str) -> str:
        """What only they are told, once it has these words."""

        def sentence() -> str:
            said = [m["text"] for m in self.full_stack.slack.messages(self.user) if m["ephemeral"]]
            return next((text for text in said if words in text), "")

        return wait_until(sentence, seconds=SECONDS, what=f"{self.user} to be told {words!r}")

    def thread(self, draft: UUID, words: str) -> str:
        """The one reply under their card, once it says so."""

        def says() -> str:
            card = self.card(draft)
            replies = self.full_stack.slack.thread(card["channel"], card["ts"])
            assert len(replies) <= 1, replies
            text = json.dumps([reply["blocks"] for reply in replies], ensure_ascii=False)
            return text if words in text else ""

        return wait_until(says, seconds=SECONDS, what=f"a thread under the card of {self.user} that says {words!r}")


def menu(card: Json) -> list[Json]:
    """What the overflow menu of a card offers; nothing where it has none."""
    more = button(card, "more")
    return more["options"] if more else []


def buttons(card: Json) -> set[str]:
    """The action ids that are live on a card."""
    return {
        element["action_id"]
        for block in card["blocks"]
        for element in [*block.get("elements", []), block.get("accessory") or {}]
        if "action_id" in element
    }
