"""What other systems' headers, words, yes and no mean in an imported history."""

import pytest

from core.errors import BadInput
from core.intake.history_words import (
    Became,
    flag_of,
    folded,
    read_meaning,
    read_status_map,
    says_yes,
    status_of,
)


@pytest.mark.parametrize(
    ("text", "compared"),
    [("Sent_At 2", "sentat2"), (" E-Mail ", "email"), ("ＳＥＮＴ", "sent"), ("Straße", "strasse"), ("***", "")],
)
def test_headers_and_words_are_compared_by_their_letters_and_digits(text: str, compared: str) -> None:
    assert folded(text) == compared


STATUSES = [
    ("emailsSent", Became.SENT),
    ("Email sent", Became.SENT),
    ("INPROGRESS", Became.SENT),
    ("In progress", Became.SENT),
    ("Opened, Replied", Became.REPLIED),
    ("emailsReplied", Became.REPLIED),
    ("Not interested", Became.REPLIED),
    ("emailsBounced", Became.BOUNCED),
    ("Hard bounce", Became.BOUNCED),
    ("cleaned", Became.BOUNCED),
    ("emailsUnsubscribed", Became.OPTED_OUT),
    ("OptedOut", Became.OPTED_OUT),
    ("Do Not Contact", Became.OPTED_OUT),
    ("SPAMREPORT", Became.OPTED_OUT),
    ("Replied; Unsubscribed", Became.OPTED_OUT),
    ("Not yet contacted", Became.NOT_SENT),
    ("Paused", Became.UNSURE),
    ("emailssent", Became.SENT),
    ("mail sent", Became.SENT),
    ("mails sent", Became.SENT),
    ("Sent,", Became.SENT),
    *[(f"Replied{mark}Sent", Became.REPLIED) for mark in (",", ";", " | ", "/", "+")],
    ("Opened, whatever", None),
    ("whatever, Opened", None),
    ("Sent Replied", None),
    ("California", None),
    ("email", None),
    (",", None),
    ("", None),
]


@pytest.mark.parametrize(("said", "means"), STATUSES)
def test_a_status_is_known_in_the_words_of_each_system(said: str, means: Became | None) -> None:
    assert status_of(said, {}) == means


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("Cold", Became.BOUNCED),
        ("E-mail cold", Became.BOUNCED),
        ("emails cold", Became.BOUNCED),
        ("Sent", Became.NOT_SENT),
        ("Sent; Cold", Became.BOUNCED),
        ("Replied", Became.REPLIED),
    ],
)
def test_what_whoever_imports_says_of_a_word_goes_before_what_it_means_elsewhere(said: str, means: Became) -> None:
    assert status_of(said, {"cold": Became.BOUNCED, "sent": Became.NOT_SENT}) == means


FLAGS = [
    *[(name, Became.OPTED_OUT) for name in ("Unsubscribed", "is_unsubscribed", "emailsUnsubscribed", "Opted Out At")],
    *[(name, Became.OPTED_OUT) for name in ("UNSUB_TIME", "HasOptedOutOfEmail", "Email Opt Out", "Do Not Contact")],
    *[(name, Became.OPTED_OUT) for name in ("Unsubscribed from all email", "Marked as spam", "Spam Complaints")],
    *[(name, Became.BOUNCED) for name in ("Email Bounced", "is_bounced", "emailsBounced", "Bounce count", "Bounces")],
    *[(name, Became.BOUNCED) for name in ("Email hard bounce reason", "Marketing emails bounced", "CLEAN_TIME")],
    *[(name, Became.REPLIED) for name in ("Replied", "reply_count", "emailsReplied", "Last Replied", "reply_time")],
    *[(name, Became.SENT) for name in ("Email Sent", "emailsSent", "Delivered")],
    *[(name, Became.OPTED_OUT) for name in ("Is DNC", "Total Opt-outs Count", "Last Lead Marketing Email Opt Out On")],
    *[
        (name, None)
        for name in ("State", "Email Status", "Name", "Subscribed", "Email", "Contact", "Reply to", "", "At")
    ],
    ("Total " * 10_000, None),
]


@pytest.mark.parametrize(("header", "means"), FLAGS)
def test_a_column_of_yes_and_no_is_known_by_its_header(header: str, means: Became | None) -> None:
    assert flag_of(header) == means


CELLS = [
    *[(said, True) for said in ("1", "3", "3.0", "+1", "0,5", "50%", "TRUE", " Yes ", "x", "WAHR", "✓")],
    *[(said, False) for said in ("0", "0.0", "-1", "0,0", "0%", "", "  ", "FALSE", "No", " N/A ", "-")],
    *[(said, True) for said in ("replied", "Bounced", "Unsubscribed", "Warm")],
    *[(said, False) for said in ("sent", "Not yet contacted", "Cold")],
    *[(said, None) for said in ("maybe", "1.2.3", "1x", "%", "2024-05-01")],
]


@pytest.mark.parametrize(("said", "yes"), CELLS)
def test_a_cell_says_yes_by_a_word_a_number_or_a_status_as_grave(said: str, yes: bool | None) -> None:
    more = {"warm": Became.REPLIED, "cold": Became.SENT}
    assert says_yes(said, Became.REPLIED, more, any_text=False) is yes
    if yes is None:  # a reason, or a time
        assert says_yes(said, Became.REPLIED, more, any_text=True) is True


@pytest.mark.parametrize("said", ["0", "no", ""])
def test_also_where_a_reason_stands_no_is_no(said: str) -> None:
    assert says_yes(said, Became.BOUNCED, {}, any_text=True) is False


def test_the_words_of_an_option_are_told_apart_from_what_they_mean() -> None:
    assert read_status_map(["Cold=sent", "Not Now = Not Sent ", "a=b=Complained"]) == {
        "cold": Became.SENT,
        "notnow": Became.NOT_SENT,
        "ab": Became.OPTED_OUT,
    }


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        *[
            (pair, f'--status-map {pair!r}: write a word and what it means, such as "Cold=sent".')
            for pair in ("Cold", "=sent", "-=sent")
        ],
        (
            "Cold= warm",
            "--status-map: 'warm' is not known; write not-sent, sent, replied, bounced, unsubscribed, complained.",
        ),
    ],
)
def test_an_option_that_says_nothing_is_told(pair: str, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_status_map([pair])
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("word", "means"), [("not-sent", Became.NOT_SENT), (" Unsubscribed", Became.OPTED_OUT), ("SENT", Became.SENT)]
)
def test_what_all_lines_are_is_said_in_one_word(word: str, means: Became) -> None:
    assert read_meaning(word, "--status") is means


def test_a_word_that_no_line_can_be_is_told() -> None:
    with pytest.raises(BadInput) as caught:
        read_meaning(" gone ", "--status")
    assert (
        str(caught.value)
        == "--status: 'gone' is not known; write not-sent, sent, replied, bounced, unsubscribed, complained."
    )
