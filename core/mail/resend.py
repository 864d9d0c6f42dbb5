"""Hand one message to Resend over HTTPS, and know afterwards whether it left (DESIGN §5).

`POST /emails` with the attempt's id as Idempotency-Key: "the same email request is processed only once, even if it's
sent multiple times", for 24 hours (https://resend.com/docs/dashboard/emails/idempotency-keys). So a request whose
answer never came is asked again, under the same key and to the same byte, within the attempt's own time.

Phases are those of SMTP: `connect`, `starttls` (TLS), `start`, `data` (the clock, once more), and `dot` from the first
byte of the request on: whatever fails from there may have left. What the first answer says (HTTP code):

    2xx with an id     sent
    408, 409, 425      unknown: it, or another request with this key, may be at work
    other 4xx          not sent; its `name` says what it is about (https://resend.com/docs/api-reference/errors)
    anything else      unknown: 5xx too, it may come from a proxy behind which the mail was taken

Once an outcome is unknown, only a 2xx changes it: every other answer is about the replay, not about the first request.

Nothing here logs. The caller logs phase, reason and code.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import httpx

from core.mail.connect import tls_context
from core.mail.conversation import Stopped, Talk, ask_to_start
from core.mail.envelope import Envelope
from core.mail.http_connection import Network, answer_to
from core.mail.outcome import Interrupted, Outcome
from core.mail.reasons import Refused, what_it_is_about
from core.mail.resend_body import body_of
from core.mail.resend_url import ResendUrl
from core.mail.smtp import Deadlines
from core.mail.wire import Budget, Dropped, Malformed, clean_text
from core.taxonomy import AttemptOutcome, Phase, Reason

#: Seconds before each replay.
REPLAYS = (0.5, 2.0, 5.0)
#: Resend answers 403 to a request without one.
USER_AGENT = "signoff"
#: Codes after which the request, or another with its key, may still be carried out.
IN_DOUBT = frozenset({408, 409, 425})
#: What a replay cannot change any more.
FINAL = frozenset({Reason.KEY_CONFLICT})
HTTP_FORBIDDEN, HTTP_TOO_MANY = 403, 429
#: Characters of Resend's words beside those of its Retry-After header: 500 in all.
MOST_WORDS = 460

#: What a refusal is about, by Resend's name of it, and then by its code.
_NAMES = {
    "missing_api_key": Reason.AUTH_FAILED,
    "invalid_api_key": Reason.AUTH_FAILED,
    "restricted_api_key": Reason.AUTH_FAILED,
    "daily_quota_exceeded": Reason.QUOTA_REACHED,
    "monthly_quota_exceeded": Reason.QUOTA_REACHED,
    "rate_limit_exceeded": Reason.RATE_LIMITED,
    "invalid_from_address": Reason.REJECTED_SENDER,
}
_CODES = {401: Reason.AUTH_FAILED, 403: Reason.REJECTED_SENDER, 429: Reason.RATE_LIMITED}


def send(
    url: ResendUrl, envelope: Envelope, key: str, start: Callable[[], bool], deadlines: Deadlines | None = None
) -> Outcome:
    """Hand the message over under `key`, the attempt's id; `start` as in `core.mail.smtp.send`: called at most
    once, right before the first byte of the request leaves, and never for a replay.

    Raises Interrupted, with an outcome, when something other than the network ended it.
    """
    try:
        body = body_of(envelope)
    except ValueError:
        return Outcome(AttemptOutcome.NOT_SENT, Phase.CONNECT, Reason.UNSENDABLE)
    limits = deadlines or Deadlines()
    talk = Talk()
    try:
        talk.outcome = _first_and_replays(talk, url, body, key, start, limits)
    except BaseException as fault:
        raise Interrupted(talk.outcome or _judge(talk, Reason.INTERRUPTED, transient=True)) from fault
    return talk.outcome


def _first_and_replays(
    talk: Talk, url: ResendUrl, body: bytes, key: str, start: Callable[[], bool], limits: Deadlines
) -> Outcome:
    after: Budget | None = None

    def begin() -> Budget:
        nonlocal after
        after = Budget(limits.after_start, limits.step)  # from now: whoever is frozen past it sends nothing
        ask_to_start(talk, start)
        talk.phase = Phase.DATA
        this_one = after.one_step()  # the last chance to run out of time with nothing sent
        talk.phase = Phase.DOT
        return this_one

    outcome = _ask(talk, url, body, key, Budget(limits.before_start, limits.step), begin)
    for wait in REPLAYS:
        if outcome.kind is not AttemptOutcome.UNKNOWN or outcome.reason in FINAL or after is None:
            break
        talk.outcome = outcome  # an interrupt from here on leaves it as it is
        try:
            if wait >= after.left():
                break
            time.sleep(wait)
            budget = after.one_step()
        except TimeoutError:
            break
        again = _ask(Talk(Phase.DOT), url, body, key, budget, budget.one_step)
        if again.kind is AttemptOutcome.SENT or again.reason in FINAL:
            outcome = again
    return outcome


def _ask(talk: Talk, url: ResendUrl, body: bytes, key: str, budget: Budget, begin: Callable[[], Budget]) -> Outcome:
    """One request on a connection of its own, and what its answer means; before the first byte left: `not_sent`."""
    try:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        return meaning(ask(talk, url, "POST /emails", budget, begin, headers, body))
    except Stopped as stop:
        return _judge(talk, stop.reason, transient=stop.transient, words=stop.words)
    except Dropped:
        return _judge(talk, Reason.DROPPED, transient=True)
    except Malformed:
        return _judge(talk, Reason.MALFORMED_REPLY, transient=True)
    except TimeoutError:
        return _judge(talk, Reason.TIMEOUT, transient=True)
    finally:
        if talk.wire:
            talk.wire.close()


def ask(
    talk: Talk,
    url: ResendUrl,
    request: str,
    budget: Budget,
    begin: Callable[[], Budget],
    headers: dict[str, str] | None = None,
    content: bytes | None = None,
) -> httpx.Response:
    """The answer to a `request` such as "GET /domains", with the account's key, on a connection of its own."""
    method, _, path = request.partition(" ")
    context = tls_context(url.cafile) if url.tls else None
    address = httpx.URL(scheme="https" if url.tls else "http", host=url.host, port=url.port, path=path)
    always = {
        "Authorization": f"Bearer {url.key}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": USER_AGENT,
    }
    asked = httpx.Request(method, address, headers=always | (headers or {}), content=content)
    return answer_to(asked, Network(talk, budget, begin, in_plain=not url.tls), context)


def _judge(talk: Talk, reason: Reason, *, transient: bool, words: str = "") -> Outcome:
    """What it means that no answer came; `words` are those of a handshake that failed."""
    if talk.phase is Phase.DOT:
        return Outcome(AttemptOutcome.UNKNOWN, Phase.DOT, reason)
    return Outcome(AttemptOutcome.NOT_SENT, talk.phase, reason, transient, reply=clean_text(words))


def meaning(response: httpx.Response) -> Outcome:
    """The table above. Resend's own id of the mail, or its words, are kept with the attempt."""
    code, said = response.status_code, _said(response.content)
    name = str(said.get("name", ""))
    words = clean_text(f"{name}: {said.get('message', '')}") if name else ""
    id_ = said.get("id")
    if 200 <= code < 300 and isinstance(id_, str) and id_:
        return Outcome(AttemptOutcome.SENT, Phase.DOT, Reason.ACCEPTED, False, code, clean_text(f"id {id_}"))
    if not 400 <= code < 500 or code in IN_DOUBT:
        reason = Reason.KEY_CONFLICT if name == "invalid_idempotent_request" else Reason.NO_VERDICT
        return Outcome(AttemptOutcome.UNKNOWN, Phase.DOT, reason, False, code, words)
    reason, transient = _refusal(code, name, words)
    wait = response.headers.get("retry-after", "")
    if re.fullmatch("[0-9]{1,6}", wait):  # with its words, where whoever decides how long to wait looks for it
        words = f"{words[:MOST_WORDS]} (try again in {wait} seconds)".strip()
    return Outcome(AttemptOutcome.NOT_SENT, Phase.DOT, reason, transient, code, words)


def _refusal(code: int, name: str, words: str) -> Refused:
    by_name = _NAMES.get(name)
    by_words = what_it_is_about(Phase.DOT, code, words, _CODES.get(code, Reason.REJECTED_BODY)).reason
    vague = name in ("validation_error", "application_error") or code == HTTP_FORBIDDEN
    reason = by_name or (by_words if vague else _CODES.get(code, Reason.REJECTED_BODY))
    return Refused(reason, code == HTTP_TOO_MANY)


def _said(content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
