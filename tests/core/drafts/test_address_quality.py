"""Address quality: what must not be written to, what a person looks at first, and what is fine."""

import pytest

from core.drafts.address_quality import quality_of


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
    ],
)
def test_nothing_speaks_against_a_person(address: str) -> None:
    assert quality_of(address) == quality_of("dana@example.org")
    assert not quality_of(address).blocked
    assert not quality_of(address).review


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (None, "no email address"),
        ("", "no email address"),
        ("  ", "no email address"),
        ("dana", "malformed"),
        ("dana@", "malformed"),
        ("@example.org", "malformed"),
        ("dana@@example.org", "malformed"),
        ("dana@exam ple.org", "malformed"),
        ("dana@example", "test address"),
        ("dana@localhost", "test address"),
        (f"{'d' * 60}@{'e' * 60}.{'f' * 60}.{'g' * 60}.{'h' * 20}.org", "254"),
        ("dana@mailinator.com", "disposable"),
        ("dana@MAILINATOR.com", "disposable"),
        ("dana@mx.mailinator.com", "disposable"),
        ("noreply@example.org", "no-reply"),
        ("no-reply@example.org", "no-reply"),
        ("No_Reply-7@example.org", "no-reply"),
        ("do.not.reply@example.org", "no-reply"),
        ("noreply+dana@example.org", "no-reply"),
        ("mailer-daemon@example.org", "no-reply"),
        ("bounces@example.org", "no-reply"),
        ("bounces+17@example.org", "no-reply"),
        ("bounce-dana=example.com@example.org", "no-reply"),
        ("announce-bounces@example.org", "no-reply"),
        ("orders.no-reply@example.org", "no-reply"),
        ("noreplyshop@example.org", "no-reply"),
        ("ne-pas-repondre@example.org", "no-reply"),
        ("unsubscribe@example.org", "no-reply"),
        ("firstname.lastname@example.org", "test address"),
        ("no-email@example.org", "test address"),
        ("dana@test.com", "test address"),
        ("test@example.org", "test address"),
        ("Test.User2@example.org", "test address"),
        ("tester@example.com", "test address"),
        ("asdfff@example.org", "test address"),
        ("dana@example.test", "test address"),
        ("dana@host.invalid", "test address"),
    ],
)
def test_what_must_not_be_written_to_is_blocked_and_says_why(address: str | None, why: str) -> None:
    [sentence] = quality_of(address).blocked
    assert why in sentence


@pytest.mark.parametrize(
    "address",
    [
        "info@example.org",
        "Sales@example.org",
        "customer.service@example.org",
        "hr+jobs@example.org",
        "abuse@example.org",
        "info+tag@example.org",
        "sales-uk@example.org",
        "info2@example.org",
        "it-support@example.org",
        "kontakt@example.org",
        "administrator@example.org",
    ],
)
def test_a_role_mailbox_is_for_a_person_to_look_at(address: str) -> None:
    quality = quality_of(address)
    assert quality.blocked == ()
    assert quality.review == ("A role mailbox, not a person.",)


def test_an_address_of_exactly_the_longest_length_is_fine() -> None:
    domain = ".".join(["e" * 63, "f" * 63, "g" * 58, "org"])
    address = f"{'d' * (254 - 1 - len(domain))}@{domain}"
    assert len(address) == 254
    assert quality_of(address).blocked == ()
    assert "254" in quality_of(f"d{address}").blocked[0]
