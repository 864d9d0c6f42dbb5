"""A declaration as a file: every fault names its line, and no secret is repeated."""

from pathlib import Path

import pytest

from core import declare
from core.declare.read import line_of, lines_of
from core.text.validation import Faulty

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

GOOD = """\
[workspace]
name = "Acme"
slack_team_id = "T01TEST"
timezone = "Europe/London"

[[members]]
slack_user_id = "U01ALICE"
name = "Alice Anderson"
email = "alice@example.com"
role = "reviewer"

[[accounts]]
address = "sam@example.com"
name = "Sam Hill"
smtp_url = "smtp://127.0.0.1:1025"

[[campaigns]]
slug = "launch"
name = "Autumn launch"
offer = "autumn"
account = "sam@example.com"
reviewers = ["U01ALICE"]
"""


def faults(text: str, env: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(Faulty) as caught:
        declare.read(text.encode(), env or {})
    return [str(fault) for fault in caught.value.faults]


def test_the_example_is_a_declaration() -> None:
    declaration = declare.read((EXAMPLES / "workspace.toml").read_bytes(), {})
    assert [campaign.slug for campaign in declaration.campaigns] == ["launch"]
    assert declaration.members[0].role == "reviewer"


def test_a_byte_order_mark_is_no_fault() -> None:
    assert declare.read(b"\xef\xbb\xbf" + GOOD.encode(), {}).workspace.name == "Acme"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'offer = "autumn"',
            'offer = "autumn"\nmode = "auto_send"',
            'line 21: campaigns.mode: must be "review", or left out',
        ),
        (
            'role = "reviewer"',
            'role = "boss"',
            "line 10: members.role: must be 'viewer', 'reviewer', 'admin' or 'owner'",
        ),
        ('role = "reviewer"', 'rolle = "reviewer"', "line 10: members.rolle: unknown key"),
        ('name = "Alice Anderson"\n', "", "line 6: members.name: is missing"),
        ("[[accounts]]", "[[acounts]]", "line 12: acounts: unknown key"),
        ("Europe/London", "London", "line 4: workspace.timezone: is not a time zone; write one such as Europe/London"),
        ("Europe/London", "Europe", "line 4: workspace.timezone: is not a time zone; write one such as Europe/London"),
        ("Europe/London", "../UTC", "line 4: workspace.timezone: is not a time zone; write one such as Europe/London"),
        ("T01TEST", "acme", "line 3: workspace.slack_team_id: is not a Slack id"),
        ("T01TEST", "E01TEST", "line 3: workspace.slack_team_id: E01TEST is a whole organisation: name one"),
        ("sam@example.com", "sam", "line 13: accounts.address: "),
        ('name = "Acme"', 'name = "Ac\\nme"', "line 2: workspace.name: contains a line break"),
        ('slug = "launch"', 'slug = "La unch"', "line 18: campaigns.slug: must be 1 to 63 lower-case letters"),
        ('["U01ALICE"]', "[]", "line 22: campaigns.reviewers: name at least one reviewer, or a slack_channel"),
        ('["U01ALICE"]', '["U01ALICE", "U01ALICE"]', "line 22: campaigns.reviewers: names a person twice"),
        ('"U01ALICE"', "3", "line 7: members.slack_user_id: must be text"),
        ("[workspace]", "[workspace", "line 1: this is not TOML: "),
        ('role = "reviewer"', 'role = "reviewer"\nrole = "admin"', "line 11: this is not TOML: "),
    ],
)
def test_a_fault_names_its_line_its_key_and_what_is_wrong(old: str, new: str, told: str) -> None:
    assert old in GOOD
    assert any(fault.startswith(told) for fault in faults(GOOD.replace(old, new, 1)))


def test_every_fault_is_told_in_the_order_of_the_file() -> None:
    told = faults(GOOD.replace("reviewer", "boss", 1).replace("T01TEST", "acme").replace("smtp://", "http://"))
    assert [fault.split(":")[0] for fault in told] == ["line 3", "line 10", "line 15"]


def test_what_is_declared_twice_is_named_where_it_stands_the_second_time() -> None:
    again = '[[accounts]]\naddress = "SAM@example.com"\nname = "Sam"\nsmtp_url = "smtps://mail.example.com"\n'
    assert faults(GOOD + again) == ["line 24: accounts.address: is declared twice"]


def test_a_file_without_a_workspace_says_so() -> None:
    assert faults("") == ["workspace: is missing"]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"[workspace]\nname = '\xff'", "line 2: this is not UTF-8"),
        (b"a = " + b"[" * 3000, "this TOML cannot be read"),
        (b"a = " + b"9" * 5000, "this TOML cannot be read"),
        (b"#" * 2_000_000, "this file is longer than"),
    ],
)
def test_what_is_no_text_or_no_sensible_toml_is_told_plainly(raw: bytes, told: str) -> None:
    with pytest.raises(Faulty, match=told):
        declare.read(raw, {})


def smtp(value: str) -> str:
    return GOOD.replace("smtp://127.0.0.1:1025", value)


def test_a_password_in_the_file_is_refused_and_never_repeated() -> None:
    [told] = faults(smtp("smtps://sam:hunter2@mail.example.com"))
    assert told.startswith("line 15: accounts.smtp_url: holds a password")
    assert "env:NAME" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("value", ["smtps://sam:hunter2@mail.example.com:x", "smtps://sam:hunter2@h/p", "env:hunter2!"])
def test_no_fault_repeats_an_address_with_a_password(value: str) -> None:
    assert "hunter2" not in " ".join(faults(smtp(value)))


def test_an_address_in_the_environment_is_checked_where_it_is_set() -> None:
    [told] = faults(smtp("env:SAM_SMTP"), {"SAM_SMTP": "smtps://sam:hunter2@mail.example.com:x"})
    assert told.startswith("line 15: accounts.smtp_url: SAM_SMTP in the environment is not valid: ")
    assert "hunter2" not in told


def test_a_variable_that_is_not_set_is_only_a_warning() -> None:
    declaration = declare.read(smtp("env:SAM_SMTP").encode(), {})
    assert declare.unset_variables(declaration, {}) == ["SAM_SMTP"]
    assert declare.unset_variables(declaration, {"SAM_SMTP": "smtp://localhost"}) == []


def test_without_an_smtp_url_the_environments_own_is_meant() -> None:
    text = GOOD.replace('smtp_url = "smtp://127.0.0.1:1025"\n', "")
    assert declare.read(text.encode(), {"SMTP_URL": "smtp://localhost"}).accounts[0].smtp_url == "env:SMTP_URL"
    assert faults(text)[0].startswith("line 12: accounts.smtp_url: is missing, and SMTP_URL is not set")


LINES = '''\
# a comment, [not.a.table]
title = """
[[members]] in a text
"""
"odd key".inner = 1 # = 2
[[members]] # first
name = "a"
tags = [
  "x", # [y]
  "z",
]
[members.extra]
deep = { one = 1, two = [1, 2] }

[[members]]
name = 'b = "c"'
[[members.pets]]
name = "d"
[[members.pets]]
name = "e"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("odd key", "inner"), 5),
        (("members", 0), 6),
        (("members", 0, "tags", 1), 8),
        (("members", 0, "extra"), 12),
        (("members", 0, "extra", "deep", "two", 1), 13),
        (("members", 1), 15),
        (("members", 1, "name"), 16),
        (("members", 1, "pets", 0, "name"), 18),
        (("members", 1, "pets", 1, "name"), 20),
        (("members", 1, "missing"), 15),
        (("nowhere",), None),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_line_of_a_key_is_found_whatever_the_toml_looks_like(
    path: tuple[str | int, ...], line: int | None, ending: str
) -> None:
    assert line_of(path, lines_of(LINES.replace("\n", ending))) == line


@pytest.mark.parametrize("address", ["smtps://mail.example.com?cafile={}", "smtp://localhost?cafile={}"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_certificate_authority_that_is_none_is_told_before_anything_is_sent(
    tmp_path: Path, address: str, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    value = address.format(tmp_path / "ca.pem")
    told = "cafile is not a readable certificate file on this machine"
    assert faults(GOOD.replace("smtp://127.0.0.1:1025", value)) == [f"line 15: accounts.smtp_url: {told}"]
    text = GOOD.replace("smtp://127.0.0.1:1025", "env:SAM_SMTP")
    with pytest.raises(Faulty, match=told):
        declare.read(text.encode(), {"SAM_SMTP": value})
