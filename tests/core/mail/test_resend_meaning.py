"""What an answer of Resend's means, by its code, its name and its words: the table of `core.mail.resend`."""

import json
from typing import Any

import httpx
import pytest

from core.mail.outcome import Outcome
from core.mail.resend import meaning
from core.taxonomy import AttemptOutcome, Phase, Reason

OK = json.dumps({"id": "49a3999c"})
#: Names that say it all, whatever the code: whose fault a refusal is.
NAMED = {
    "missing_api_key": Reason.AUTH_FAILED,
    "invalid_api_key": Reason.AUTH_FAILED,
    "restricted_api_key": Reason.AUTH_FAILED,
    "daily_quota_exceeded": Reason.QUOTA_REACHED,
    "monthly_quota_exceeded": Reason.QUOTA_REACHED,
    "rate_limit_exceeded": Reason.RATE_LIMITED,
    "invalid_from_address": Reason.REJECTED_SENDER,
}


def answer(code: int, said: str | dict[str, Any], **headers: str) -> Outcome:
    content = said if isinstance(said, str) else json.dumps(said)
    return meaning(httpx.Response(code, content=content.encode(), headers=headers))


def named(name: str, message: str = "Hm.") -> dict[str, Any]:
    return {"statusCode": 0, "name": name, "message": message}


@pytest.mark.parametrize("code", [200, 201, 299])
def test_a_2xx_with_an_id_is_sent(code: int) -> None:
    accepted = Outcome(AttemptOutcome.SENT, Phase.DOT, Reason.ACCEPTED, False, code, "id 49a3999c")
    assert answer(code, OK) == accepted


@pytest.mark.parametrize(
    ("code", "said"),
    [
        *(
            (200, said)
            for said in ("", "ok", "[]", '"id"', "{}", '{"id": ""}', '{"id": 7}', '{"id": null}', "[" * 9999)
        ),
        *((code, OK) for code in (199, 300, 302, 399, 408, 409, 425, 500, 503, 599)),
    ],
)
def test_what_is_neither_acceptance_nor_refusal_is_unknown(code: int, said: str) -> None:
    assert answer(code, said) == Outcome(AttemptOutcome.UNKNOWN, Phase.DOT, Reason.NO_VERDICT, False, code)


@pytest.mark.parametrize(
    ("code", "name", "reason"),
    [
        (409, "invalid_idempotent_request", Reason.KEY_CONFLICT),
        (409, "concurrent_idempotent_requests", Reason.NO_VERDICT),
        (500, "application_error", Reason.NO_VERDICT),
        (500, "rate_limit_exceeded", Reason.NO_VERDICT),
    ],
)
def test_an_unknown_outcome_keeps_its_words(code: int, name: str, reason: Reason) -> None:
    assert answer(code, named(name)) == Outcome(AttemptOutcome.UNKNOWN, Phase.DOT, reason, False, code, f"{name}: Hm.")


@pytest.mark.parametrize(("name", "reason"), NAMED.items())
@pytest.mark.parametrize(("code", "transient"), [(400, False), (403, False), (429, True), (499, False)])
def test_a_name_says_what_a_refusal_is_about(name: str, reason: Reason, code: int, transient: bool) -> None:
    refused = Outcome(AttemptOutcome.NOT_SENT, Phase.DOT, reason, transient, code, f"{name}: Hm.")
    assert answer(code, named(name)) == refused


@pytest.mark.parametrize(
    ("code", "name", "message", "reason"),
    [
        (400, "validation_error", "Hm.", Reason.REJECTED_BODY),
        (401, "validation_error", "Hm.", Reason.AUTH_FAILED),
        (403, "validation_error", "Hm.", Reason.REJECTED_SENDER),
        (429, "validation_error", "Hm.", Reason.RATE_LIMITED),
        (403, "validation_error", "The example.com domain is not verified.", Reason.SENDER_UNVERIFIED),
        (422, "validation_error", "The example.com domain is not verified.", Reason.SENDER_UNVERIFIED),
        (422, "application_error", "The example.com domain is not verified.", Reason.SENDER_UNVERIFIED),
        (403, "forbidden", "Your account has been suspended.", Reason.ACCOUNT_SUSPENDED),
        # Any other name says what is wrong with the request: no word of its message turns that.
        (422, "invalid_attachment", "The example.com domain is not verified.", Reason.REJECTED_BODY),
        (401, "unheard_of", "The example.com domain is not verified.", Reason.AUTH_FAILED),
        (404, "not_found", "Hm.", Reason.REJECTED_BODY),
    ],
)
def test_a_vague_name_leaves_it_to_the_words_and_these_to_the_code(
    code: int, name: str, message: str, reason: Reason
) -> None:
    refused = answer(code, named(name, message))
    assert (refused.kind, refused.reason, refused.transient) == (AttemptOutcome.NOT_SENT, reason, code == 429)
    assert refused.reply == f"{name}: {message}"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<html>", ""),
        ("{}", ""),
        ({"message": "Hm."}, ""),
        ({"name": "not_found"}, "not_found:"),
        ({"name": 7, "message": "a\nb"}, "7: a b"),
    ],
)
def test_an_answer_in_no_form_is_judged_by_its_code(said: str | dict[str, Any], shown: str) -> None:
    refused = Outcome(AttemptOutcome.NOT_SENT, Phase.DOT, Reason.REJECTED_BODY, False, 422, shown)
    assert answer(422, said) == refused


@pytest.mark.parametrize(
    ("wait", "message", "shown"),
    [
        ("30", "Hm.", "rate_limit_exceeded: Hm. (try again in 30 seconds)"),
        ("999999", "x" * 900, f"rate_limit_exceeded: {'x' * 439} (try again in 999999 seconds)"),
        ("1000000", "Hm.", "rate_limit_exceeded: Hm."),
        ("Fri, 20 Nov 2026 14:05:09 GMT", "Hm.", "rate_limit_exceeded: Hm."),
        ("-1", "Hm.", "rate_limit_exceeded: Hm."),
        ("", "Hm.", "rate_limit_exceeded: Hm."),
    ],
)
def test_the_wait_that_it_asks_for_stands_with_its_words(wait: str, message: str, shown: str) -> None:
    refused = answer(429, named("rate_limit_exceeded", message), **{"Retry-After": wait})
    assert refused.reply == shown
    assert len(refused.reply) <= 500


def test_a_wait_without_words_is_told_too() -> None:
    assert answer(429, "", **{"Retry-After": "30"}).reply == "(try again in 30 seconds)"
