"""What Slack itself and the owners of a workspace do: the part of the client that no reviewer has."""

from typing import Any

from bot.sandbox.orders import Json, Orders
from bot.sandbox.signing import SignedRequest


class Operator(Orders):
    """Events, faults, rates, teams, tokens, sockets, accounts and the clock."""

    def event(self, kind: str, member: str | None = None, **more: Any) -> list[Json]:
        """Sends app_home_opened, user_change or team_join, or any event given as `event=…`; returns each try."""
        ask = {"type": kind, **({"member": member} if member else {}), **more}
        tries: list[Json] = self.order("event", ask)["tries"]
        return tries

    def signed_event(self, kind: str, member: str | None = None, **more: Any) -> SignedRequest:
        """The signed request of an event, not sent."""
        return SignedRequest(**self.event(kind, member, dry=True, **more)[0])

    def verify_url(self, **more: Any) -> bool:
        """True when the app gave the url_verification challenge back."""
        return bool(self.order("event", {"type": "url_verification", **more})["verified"])

    def fault(self, method: str, kind: str, **more: Any) -> None:
        """The next `times` calls of `method` ("*": any) go wrong; kinds and more: see faults.py."""
        self.order("faults", {"method": method, "kind": kind, **more})

    def faults(self) -> list[Json]:
        """The faults that have not happened yet, with the `times` that are left."""
        left: list[Json] = self.order("faults", {})["faults"]
        return left

    def clear_faults(self) -> None:
        """Takes all faults back."""
        self.order("faults", {"clear": True})

    def limit_rates(self, *, on: bool = True, scale: float = 1.0) -> None:
        """Plays Slack's rate limits from now on; `scale` 2 allows twice as much. Counts begin anew."""
        self.order("rates", {"on": on, "scale": scale})

    def rates(self) -> Json:
        """on, scale, refused (all 429s) and counts: a row for each team, method and channel with calls, refused."""
        return self.order("rates", {})

    def deactivate(self, member: str, *, deleted: bool = True) -> None:
        """Deactivates a member's account, or brings it back."""
        self.order("member", {"member": member, "deleted": deleted})

    def add_team(self, team: str, name: str, members: list[Json], channels: list[Json] | None = None) -> None:
        """One more Slack team, the app not yet installed; members [{id, name, email?}], channels [{id, name}]."""
        self.order("team", {"team": team, "name": name, "members": members, "channels": channels or []})

    def uninstall(self, team: str | None = None) -> list[Json]:
        """Takes the app out of a team: its tokens end, and the app is told; returns each try."""
        tries: list[Json] = self.order("install", _of(team) | {"uninstall": True})["tries"]
        return tries

    def tokens(self, team: str | None = None) -> list[str]:
        """The team's bot tokens that are not revoked, the newest first."""
        found: list[str] = self.order("install", _of(team))["tokens"]
        return found

    def set_scopes(self, scope: str, team: str | None = None) -> None:
        """From now on the team's tokens have these scopes, "a,b", and no others."""
        self.order("install", _of(team) | {"scope": scope})

    def rotate_tokens(self, *, on: bool = True) -> None:
        """The next tokens expire after 12 hours and come with one to refresh them by."""
        self.order("install", {"rotation": on})

    def sockets(self) -> int:
        """How many connections the app holds open in Socket Mode."""
        return int(self.order("socket", {})["open"])

    def disconnect(self, reason: str = "refresh_requested") -> int:
        """Slack ends all of them, or with "warning" says that it will; returns how many."""
        return int(self.order("socket", {"disconnect": reason})["told"])

    def close_dm(self, member: str) -> None:
        """Posts to the DM's id answer channel_not_found until conversations.open."""
        self.order("dm", {"member": member, "open": False})

    def delete_message(self, message: Json) -> None:
        """Deletes a message from `messages()`."""
        self.order("delete", {"channel": message["channel"], "ts": message["ts"]})

    def advance(self, seconds: float) -> None:
        """Moves the sandbox's clock: trigger ids, response urls, codes expire."""
        self.order("clock", {"advance": seconds})

    def point_at(self, events_url: str) -> None:
        """Says where the app under test listens."""
        self.order("target", {"events_url": events_url})

    def reset(self) -> None:
        """Forgets messages, views, mails, faults and calls."""
        self.order("reset", {})


def _of(team: str | None) -> Json:
    return {"team": team} if team else {}
