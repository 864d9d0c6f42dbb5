"""P11, P12: a secret in the database opens nothing without SECRET_KEY, and shows nowhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest

from bot.cli import run
from core.accounts.secrets import store_secret
from core.actor import Actor
from core.db import transaction
from core.errors import BadInput, SignoffError
from core.ids import new_id
from core.mail.server import mail_server, parse_mail_server
from core.mail.smtp_url import SmtpUrl
from core.secrets import SEALED, StillSealed, is_sealed, seal, unseal
from core.settings import settings
from core.taxonomy import Surface
from jobs.deliver import deliver_next
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.domain import Domain
from tests.fixtures.domain_with_slack import DomainWithSlack
from tests.fixtures.mailbox import taken

SAM, TOM = new_id(), new_id()
SECRET = "smtps://sam:hunter2@mail.example.com"
FILE = """
[workspace]
name = "Acme"
slack_team_id = "T01TEST"
timezone = "Europe/London"
[[accounts]]
address = "sam@example.com"
name = "Sam Hill"
smtp_url = "stored"
"""


@contextmanager
def secret_key(key: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SECRET_KEY", key)
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture
def keyed() -> Iterator[None]:
    with secret_key("one-secret-key"):
        yield


def stored(domain: Domain) -> str:
    ((smtp_url,),) = domain.rows("SELECT smtp_url FROM accounts")
    return str(smtp_url)


@pytest.mark.usefixtures("keyed")
def test_a_sealed_secret_opens_again_and_never_looks_the_same() -> None:
    sealed = seal(SECRET, SAM)
    assert unseal(sealed, SAM) == SECRET
    assert is_sealed(sealed)
    assert "hunter2" not in sealed
    assert seal(SECRET, SAM) != sealed


@pytest.mark.usefixtures("keyed")
def test_it_opens_for_its_own_account_only() -> None:
    with pytest.raises(StillSealed):
        unseal(seal(SECRET, SAM), TOM)


@pytest.mark.usefixtures("keyed")
@pytest.mark.parametrize("key", ["another-secret-key", ""])
def test_with_another_secret_key_it_stays_shut_and_says_what_to_do(key: str) -> None:
    sealed = seal(SECRET, SAM)
    with secret_key(key), pytest.raises(StillSealed, match="signoff accounts secret") as refused:
        unseal(sealed, SAM)
    assert sealed not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.usefixtures("keyed")
@pytest.mark.parametrize(
    "change", [lambda s: s[:-4], lambda s: s.swapcase(), lambda _: SEALED, lambda s: s.replace(SEALED, f"{SEALED}A")]
)
def test_a_damaged_one_stays_shut(change: object) -> None:
    assert callable(change)
    with pytest.raises(StillSealed):
        unseal(change(seal(SECRET, SAM)), SAM)


def test_without_a_secret_key_nothing_is_stored() -> None:
    with secret_key(""), pytest.raises(SignoffError, match="SECRET_KEY is not set"):
        seal(SECRET, SAM)


@pytest.mark.usefixtures("keyed")
def test_an_account_finds_its_server_wherever_the_address_is_kept() -> None:
    env = {"SAM_SMTP": SECRET, "SAM_RESEND": "resend://re_1@api.resend.com"}
    meant = parse_mail_server(SECRET)
    assert mail_server("env:SAM_SMTP", SAM, env) == meant
    assert mail_server(seal(SECRET, SAM), SAM, env) == meant
    assert mail_server("env:SAM_RESEND", SAM, env) == parse_mail_server(env["SAM_RESEND"])
    assert mail_server("smtp://127.0.0.1:25", SAM, env) == parse_mail_server("smtp://127.0.0.1:25")
    for nothing in ("env:OTHER", "env:", "stored", "", "http://example.com"):
        with pytest.raises(ValueError):
            mail_server(nothing, SAM, env)


def test_a_secret_that_is_given_is_sealed_and_its_event_says_nothing_of_it(domain: Domain) -> None:
    by = Actor(Surface.CLI, domain.workspace_id)
    with transaction() as tx:
        server = store_secret(tx, domain.account_id, SECRET, by)
    assert isinstance(server, SmtpUrl)
    assert server.host == "mail.example.com"
    assert mail_server(stored(domain), domain.account_id) == parse_mail_server(SECRET)
    everything = str(domain.rows("SELECT * FROM accounts")) + str(domain.rows("SELECT * FROM message_events"))
    assert "hunter2" not in everything
    ((data,),) = domain.rows("SELECT data FROM message_events WHERE verb = 'declare' ORDER BY id DESC LIMIT 1")
    assert data == {"kind": "account", "id": str(domain.account_id), "created": False, "fields": ["smtp_url"]}


@pytest.mark.parametrize("given", ["", "hunter2", "http://sam:hunter2@mail.example.com", "smtps://sam:hunter2@"])
def test_what_is_no_address_is_refused_without_being_quoted(domain: Domain, given: str) -> None:
    before = stored(domain)
    with pytest.raises(BadInput) as refused, transaction() as tx:
        store_secret(tx, domain.account_id, given, Actor(Surface.CLI, domain.workspace_id))
    assert "hunter2" not in str(refused.value)
    assert stored(domain) == before


def test_mail_goes_out_with_a_stored_password(domain_with_slack: DomainWithSlack, mailbox: FakeSmtp) -> None:
    mailbox.conduct(user="sam", password="hunter2", auth_in_plain=True)
    with transaction() as tx:
        address = f"smtp://sam:hunter2@127.0.0.1:{mailbox.port}"
        store_secret(tx, domain_with_slack.account_id, address, Actor(Surface.CLI, domain_with_slack.workspace_id))
    domain_with_slack.approve(domain_with_slack.ingest())
    assert deliver_next(domain_with_slack.account_id)
    assert taken(mailbox, domain_with_slack) == 1


def test_p12_mail_of_an_account_that_stays_shut_waits_and_says_why(
    domain_with_slack: DomainWithSlack, mailbox: FakeSmtp
) -> None:
    with transaction() as tx:
        address = f"smtp://127.0.0.1:{mailbox.port}"
        store_secret(tx, domain_with_slack.account_id, address, Actor(Surface.CLI, domain_with_slack.workspace_id))
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    with secret_key("another-secret-key"):
        assert deliver_next(domain_with_slack.account_id)
    assert domain_with_slack.state(draft) == "waiting"
    assert "signoff accounts secret" in str(domain_with_slack.view(draft).reason)
    assert taken(mailbox, domain_with_slack) == 0


def give(monkeypatch: pytest.MonkeyPatch, text: str, *arguments: str) -> int:
    monkeypatch.setattr(sys, "stdin", StringIO(text))
    return run(["accounts", "secret", *arguments])


def test_the_command_reads_it_from_its_input_and_shows_only_where_it_leads(
    domain: Domain, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert give(monkeypatch, f"{SECRET}\n", "SAM@example.com") == 0
    told = "".join(capsys.readouterr())
    assert "mail.example.com, port 465" in told
    assert "hunter2" not in told
    assert mail_server(stored(domain), domain.account_id) == parse_mail_server(SECRET)


def test_the_command_takes_no_secret_on_its_line(
    domain: Domain, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stored(domain)
    assert give(monkeypatch, "", "sam@example.com", SECRET) == 2
    assert give(monkeypatch, "hunter2\n", "sam@example.com") == 1
    assert give(monkeypatch, f"{SECRET}\n", "nobody@example.com") == 1
    assert "no account with that address" in capsys.readouterr().err
    assert stored(domain) == before


def test_a_declaration_leaves_a_stored_secret_alone_and_never_shows_one(
    domain: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "all.toml").write_text(FILE)
    assert run(["apply", str(tmp_path / "all.toml")]) == 0
    assert stored(domain) == "stored"
    assert give(monkeypatch, SECRET, "sam@example.com") == 0
    sealed = stored(domain)
    assert run(["apply", str(tmp_path / "all.toml")]) == 0
    assert stored(domain) == sealed
    capsys.readouterr()
    (tmp_path / "all.toml").write_text(FILE.replace('"stored"', '"env:SAM_SMTP"'))
    assert run(["apply", str(tmp_path / "all.toml")]) == 0
    told = "".join(capsys.readouterr())
    assert stored(domain) == "env:SAM_SMTP"
    assert SEALED not in told


@pytest.mark.parametrize(("address", "what"), [("resend://re_1@api.resend.com", "a key"), (SECRET, "a password")])
def test_a_declaration_with_a_secret_in_it_is_refused(
    domain: Domain, tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str, what: str
) -> None:
    (tmp_path / "all.toml").write_text(FILE.replace("stored", address))
    assert run(["apply", str(tmp_path / "all.toml")]) == 1
    told = capsys.readouterr().err
    assert f"holds {what}" in told
    assert "hunter2" not in told
    assert "re_1" not in told
    assert domain.rows("SELECT smtp_url FROM accounts") == [("smtp://127.0.0.1:9",)]
