"""The mailbox: what SMTP accepts is kept and shown, and cannot harm who reads it."""

import smtplib
from email.message import EmailMessage

import httpx

from bot.sandbox.client import SandboxClient
from tests.bot.sandbox.conftest import Json


def send(addresses: Json, message: EmailMessage, to: str) -> None:
    host, _, port = addresses["smtp_url"].removeprefix("smtp://").partition(":")
    with smtplib.SMTP(host, int(port)) as smtp:
        smtp.send_message(message, from_addr="sam@example.com", to_addrs=[to])


def letter(subject: str, to: str = "dana@example.org") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Sam Hill <sam@example.com>"
    message["To"] = to
    message["Subject"] = subject
    message.set_content("Hi Dana,\nthe text.\n")
    message.add_alternative("<p>Hi <b>Dana</b></p><script>alert(1)</script>", subtype="html")
    return message


def test_a_mail_is_kept_with_envelope_headers_and_parts(sandbox: SandboxClient, addresses: Json) -> None:
    send(addresses, letter("Grüße"), "dana@example.org")
    (kept,) = sandbox.mail()
    assert (kept["mail_from"], kept["rcpt_tos"]) == ("sam@example.com", ["dana@example.org"])
    assert (kept["subject"], kept["to"]) == ("Grüße", "dana@example.org")
    assert kept["text"] == "Hi Dana,\nthe text.\n"
    assert "<b>Dana</b>" in kept["html"]
    assert sandbox.mail(after=kept["id"]) == []


def test_an_address_outside_ascii_is_taken(sandbox: SandboxClient, addresses: Json) -> None:
    message = letter("x", "данна@пример.example")
    send(addresses, message, "данна@пример.example")
    assert sandbox.mail()[0]["rcpt_tos"] == ["данна@пример.example"]


def test_a_mail_in_a_charset_that_nobody_knows_is_still_shown(sandbox: SandboxClient, addresses: Json) -> None:
    message = EmailMessage()
    message["Subject"] = "odd"
    message["Content-Type"] = 'text/plain; charset="x-nobody"'
    message.set_payload("text")
    send(addresses, message, "dana@example.org")
    assert "text" in sandbox.mail()[0]["text"]


def test_the_pages_show_the_mail_and_lock_its_html_in(sandbox: SandboxClient, addresses: Json) -> None:
    send(addresses, letter("<script>alert(2)</script>"), "dana@example.org")
    number = sandbox.mail()[0]["id"]
    listed = httpx.get(f"{sandbox.url}/mailbox").text
    assert "&lt;script&gt;alert(2)" in listed
    assert "<script>alert" not in listed
    assert "Hi Dana" in httpx.get(f"{sandbox.url}/mailbox/{number}?view=text").text
    assert "Content-Type" in httpx.get(f"{sandbox.url}/mailbox/{number}?view=headers").text
    part = httpx.get(f"{sandbox.url}/mailbox/{number}/html")
    assert part.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    framed = httpx.get(f"{sandbox.url}/mailbox/{number}").text
    assert f'<iframe class="mail-frame" sandbox src="/mailbox/{number}/html"' in framed
    assert httpx.get(f"{sandbox.url}/mailbox/999999").headers["location"] == "/mailbox"
