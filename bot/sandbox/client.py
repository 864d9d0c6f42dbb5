"""A typed client of the control API, for tests and benches: the hands and eyes of the people in the sandbox."""

import json
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bot.sandbox.operator import Operator
from bot.sandbox.orders import Json, Mistake, Result
from bot.sandbox.signing import SignedRequest

__all__ = ["Json", "Mistake", "Result", "SandboxClient", "button", "running", "send", "wait_until"]


class SandboxClient(Operator):
    """The hands and eyes of people in a running sandbox, and what an `Operator` can do besides."""

    # --- what a person does ---

    def click(self, member: str, message: Json, action_id: str, **more: Any) -> Result:
        """Presses a button of a message from `messages()`, or picks `option` from its menu: a value, the words on
        it, a list of ticks, a member's id; more: value, values (of the other elements), block_id, edit, url.
        """
        return self.result("click", {**_where(member, message, action_id), **more})

    def signed_click(self, member: str, message: Json, action_id: str, **more: Any) -> SignedRequest:
        """The signed request of a click, not sent."""
        return self.signed("click", {**_where(member, message, action_id), **more})

    def click_view(self, member: str, view: Json, action_id: str, **more: Any) -> Result:
        """The same in a modal or Home."""
        return self.result("click", {"member": member, "view_id": view["id"], "action_id": action_id, **more})

    def open_home(self, member: str, *, seconds: float = 10.0) -> Json:
        """Opens the Home tab, and returns it as the app puts it up in answer.

        Waits up to `seconds` for that; then returns what stood there before; raises Mistake("no_home") without either.
        """
        before = (self.home(member) or {}).get("hash")
        self.event("app_home_opened", member)
        end = time.monotonic() + seconds
        while ((view := self.home(member)) or {}).get("hash") == before and time.monotonic() < end:
            time.sleep(0.02)
        if view is None:
            raise Mistake("no_home")
        return view

    def click_home(self, member: str, action_id: str, value: Any = None, option: Any = None, **more: Any) -> Result:
        """Presses a button of the member's Home as it stands, or picks an `option` from one of its menus."""
        picked = {"option": option} if option is not None else {} if value is None else {"value": value}
        view = self.home(member)
        if view is None:
            raise Mistake("no_home")
        return self.click_view(member, view, action_id, **picked, **more)

    def submit(self, member: str, view: Json, values: Json | None = None, **more: Any) -> Result:
        """Submits a modal; `values` by action_id, or by block_id and action_id; the rest stays as prefilled."""
        return self.result("submit", _filled(member, view, values) | more)

    def signed_submit(self, member: str, view: Json, values: Json | None = None, **more: Any) -> SignedRequest:
        """The signed request of a submission, not sent."""
        return self.signed("submit", _filled(member, view, values) | more)

    def close_view(self, member: str, view: Json, *, clear: bool = False) -> Json:
        """Closes a modal."""
        return self.order("close", {"member": member, "view_id": view["id"], "clear": clear})

    def command(self, member: str, text: str, **more: Any) -> Result:
        """Runs a slash command, such as "/outreach pause launch", in the DM or in `channel`."""
        return self.result("command", {"member": member, "text": text, **more})

    def signed_command(self, member: str, text: str, **more: Any) -> SignedRequest:
        """The signed request of a command, not sent."""
        return self.signed("command", {"member": member, "text": text, **more})

    def say(self, member: str, text: str, **more: Any) -> Json:
        """A member writes a message, in the DM or in `channel`, under another with `thread_ts`; returns it."""
        message: Json = self.order("say", {"member": member, "text": text, **more})["message"]
        return message

    def allow(self, authorize_url: str, member: str) -> str:
        """The member allows (or with "deny" does not) what an authorize page asks; returns where they are sent then."""
        answer = self.http.get(authorize_url, params={**httpx.URL(authorize_url).params, "sandbox_member": member})
        if answer.status_code != httpx.codes.FOUND:
            raise Mistake(answer.text)
        return str(answer.headers["location"])

    # --- what stands there ---

    def messages(self, member: str, channel: str | None = None) -> list[Json]:
        """What a member sees in the DM (or a channel), oldest first; each with channel, edits, ephemeral, notice.

        Replies stand in their threads.
        """
        return self.listed(f"/control/dms/{member}", "messages", channel=channel)

    def thread(self, channel: str, ts: str, member: str | None = None) -> list[Json]:
        """The replies under a message, oldest first, as `messages()` gives them; `member` sees their ephemeral ones."""
        return self.listed(f"/control/threads/{channel}/{ts}", "messages", member=member)

    def ephemeral(self, member: str) -> list[Json]:
        """What only this member sees, in any channel or thread, oldest first; their buttons can be clicked."""
        return self.listed(f"/control/ephemeral/{member}", "messages")

    def versions(self, message: Json) -> list[Json]:
        """Every version that a message had, oldest first."""
        return self.listed(f"/control/versions/{message['channel']}/{message['ts']}", "versions")

    def views(self, member: str) -> list[Json]:
        """The member's open modals, the one in front last."""
        return self.listed("/control/views", "views", member=member)

    def home(self, member: str) -> Json | None:
        """The member's Home."""
        found = self.listed("/control/views", "views", member=member, kind="home")
        return found[0] if found else None

    def mail(self, after: int = 0) -> list[Json]:
        """Accepted mails, oldest first: mail_from, rcpt_tos, subject, message_id, headers, text, html, …"""
        return self.listed("/control/mail", "mails", after=str(after))

    def calls(self, method: str | None = None) -> list[Json]:
        """The Web API calls, oldest first: method, channel, ts, ok, error, at."""
        return self.listed("/control/calls", "calls", method=method)

    def addresses(self) -> Json:
        """Addresses and secrets for the app under test."""
        found: Json = self.checked(self.http.get("/control/health"))
        return found


def send(request: SignedRequest, client: httpx.Client | None = None, url: str | None = None) -> httpx.Response:
    """Posts a signed request as it is, to `url` instead of its own if given."""
    post = client.post if client is not None else httpx.post
    return post(url or request.url, content=request.body.encode(), headers=request.headers, timeout=30)


def wait_until(what: str, condition: Any, seconds: float = 10.0, pause: float = 0.02) -> Any:
    """Calls `condition` until it returns something true, and returns that; raises TimeoutError naming `what`."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(pause)


def button(message: Json, action_id: str) -> Json | None:
    """The button of a message with that action_id, or None."""
    for block in message.get("blocks", []):
        for element in [*block.get("elements", []), block.get("accessory") or {}]:
            if element.get("action_id") == action_id:
                found: Json = element
                return found
    return None


@contextmanager
def running(*options: str, home: Path | None = None) -> Iterator[tuple[SandboxClient, Json]]:
    """A sandbox in a process of its own, with a client and its addresses; ended on the way out."""
    kept = ["--home", str(home)] if home else []
    process = subprocess.Popen(  # our own module, no shell
        [sys.executable, "-m", "bot.sandbox", *kept, *options], stdout=subprocess.PIPE, text=True
    )
    try:
        addresses = _first_line(process)
        with SandboxClient(addresses["url"]) as client:
            yield client, addresses
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _first_line(process: "subprocess.Popen[str]") -> Json:
    if process.stdout is None:
        raise Mistake("no output to read the addresses from")
    ready, _, _ = select.select([process.stdout], [], [], 20)
    line = process.stdout.readline() if ready else ""
    if not line:
        raise Mistake("the sandbox did not start")
    addresses: Json = json.loads(line)
    return addresses


def _where(member: str, message: Json, action_id: str) -> Json:
    return {"member": member, "channel": message["channel"], "ts": message["ts"], "action_id": action_id}


def _filled(member: str, view: Json, values: Json | None) -> Json:
    return {"member": member, "view_id": view["id"], "values": values or {}}
