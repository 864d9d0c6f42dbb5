"""Address quality: what must not be written to, what a person looks at first, and what is fine."""

import pytest

from core.drafts.address_quality import Quality, quality_of

NONE = "The contact has no email address."
LONG = "The address has more than 254 characters."
MALFORMED = "The address is malformed."
TEST = "A test address: nobody can be reached there."
DISPOSABLE = "A disposable address: its mailbox is temporary."
NO_REPLY = "Nobody reads this mailbox: it is a no-reply address."


@pytest.mark.parametrize(
    "address",
    [
        "dana@example.org",
        "dana@example.com",
        "dana.whitfield@mail.example.net",
        "dana+launch@example.org",
        "d@example.org",
        "testa@example.org",
        "contessa@example.org",
        "ernest@example.org",
        "protest@example.org",
        "salesha@example.org",
        "infante@example.org",
        "renorepl@example.org",
        "misaki@例え.jp",
        "用户@例え.jp",
        "dana@gmail.com",
        "bouncehouserentals@example.org",
        "bounce.house@example.org",
        "marino-reply@example.org",
        "infosys@example.org",
        "salesforce@example.org",
        "dev.patel@example.org",
        "steve.jobs@example.org",
        "mary.sales@example.org",
        "it.smith@example.org",
        "dana+noreply@example.org",
        "dana+test@example.org",
        "dana@mailinator.com.example.org",
        "_@example.org",
        "london.uk@example.org",
        "bounces.house@example.org",
    ],
)
def test_nothing_speaks_against_a_person(address: str) -> None:
    assert quality_of(address) == Quality(blocked=(), review=())


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (None, NONE),
        ("", NONE),
        ("  ", NONE),
        ("dana", MALFORMED),
        ("dana@", MALFORMED),
        ("@example.org", MALFORMED),
        ("dana@@example.org", MALFORMED),
        ("dana@exam ple.org", MALFORMED),
        ('"a@b"@example.org', MALFORMED),
        ("dana@example", TEST),
        ("dana@localhost", TEST),
        ("dana@EXAMPLE.TEST", TEST),
        ("dana@test.com.", TEST),
        ("dana@@test.com", TEST),
        (f"{'d' * 60}@{'e' * 60}.{'f' * 60}.{'g' * 60}.{'h' * 20}.org", LONG),
        ("dana@mailinator.com", DISPOSABLE),
        ("dana@MAILINATOR.com", DISPOSABLE),
        ("dana@mx.mailinator.com", DISPOSABLE),
        ("noreply@example.org", NO_REPLY),
        ("no-reply@example.org", NO_REPLY),
        ("No_Reply-7@example.org", NO_REPLY),
        ("do.not.reply@example.org", NO_REPLY),
        ("noreply+dana@example.org", NO_REPLY),
        ("mailer-daemon@example.org", NO_REPLY),
        ("bounces@example.org", NO_REPLY),
        ("bounces+17@example.org", NO_REPLY),
        ("bounce-dana=example.com@example.org", NO_REPLY),
        ("announce-bounces@example.org", NO_REPLY),
        ("la-liste-bounces@example.org", NO_REPLY),
        ("bounce@example.org", NO_REPLY),
        ("bounces-17@example.org", NO_REPLY),
        ("no.reply7@example.org", NO_REPLY),
        ("postmaster.eu@example.org", NO_REPLY),
        ("do-not-reply-eu@example.org", NO_REPLY),
        ("bounce-mail@example.org", NO_REPLY),
        ("bounce.shop-12@example.org", NO_REPLY),
        ("shop.noreplyshop@example.org", NO_REPLY),
        ("post.master@example.org", NO_REPLY),
        ("orders.no-reply@example.org", NO_REPLY),
        ("noreplyshop@example.org", NO_REPLY),
        ("ne-pas-repondre@example.org", NO_REPLY),
        ("unsubscribe@example.org", NO_REPLY),
        ("firstname.lastname@example.org", TEST),
        ("no-email@example.org", TEST),
        ("dana@test.com", TEST),
        ("test@example.org", TEST),
        ("Test.User2@example.org", TEST),
        ("tester@example.com", TEST),
        ("asdfff@example.org", TEST),
        ("dana@example.test", TEST),
        ("dana@host.invalid", TEST),
    ],
)
def test_what_must_not_be_written_to_is_blocked_and_says_why(address: str | None, why: str) -> None:
    assert quality_of(address) == Quality(blocked=(why,))


@pytest.mark.parametrize(
    "address",
    [
        "info@example.org",
        "Sales@example.org",
        "customer.service@example.org",
        "hr+jobs@example.org",
        "abuse@example.org",
        "info+tag@example.org",
        "info+a+b@example.org",
        "sales2.uk2@example.org",
        "customer.service2@example.org",
        "2-sales-uk@example.org",
        "sales-uk@example.org",
        "info2@example.org",
        "it-support@example.org",
        "kontakt@example.org",
        "administrator@example.org",
    ],
)
def test_a_role_mailbox_is_for_a_person_to_look_at(address: str) -> None:
    assert quality_of(address) == Quality(review=("A role mailbox, not a person.",))


def test_an_address_of_exactly_the_longest_length_is_fine() -> None:
    domain = ".".join(["e" * 63, "f" * 63, "g" * 58, "org"])
    address = f"{'d' * (254 - 1 - len(domain))}@{domain}"
    assert len(address) == 254
    assert quality_of(address) == Quality()
    assert quality_of(f"d{address}") == Quality(blocked=(LONG,))


def test_what_blocks_does_not_hide_that_it_is_a_role() -> None:
    assert quality_of("info@mailinator.com") == Quality((DISPOSABLE,), ("A role mailbox, not a person.",))
    assert quality_of("no-reply.test@mailinator.com").blocked == (NO_REPLY, DISPOSABLE)
