"""Text that is no TOML: the line, the column, the line as it stands, and what to write in place of it."""

import pytest

from tests.core.declare.test_read import GOOD, faults

SYNTAX = [
    ("slug = launch", 'line 2: this is not TOML: text is in quotes: slug = "launch" (column 8)\n    slug = launch'),
    ("email = a@example.com", 'text is in quotes: email = "a@example.com"'),
    ("opens = 09:00", 'text is in quotes: opens = "09:00"'),
    ("slug = 3abc", 'text is in quotes: slug = "3abc"'),
    ("day = 2026-13-40", 'text is in quotes: day = "2026-13-40"'),
    ("name = \u201cAcme\u201d", "these are curly quotes"),
    ('name = "Acme', "line 2: this is not TOML: the closing quote is missing"),
    ("name = 'Acme", "the closing quote is missing"),
    ('name = "Ac"me"', "there is something after the closing quote"),
    ('slug: "launch"', "write = in place of :"),
    ("just words", "each line is key = value, or [table]"),
    ("= 1", "each line is key = value, or [table]"),
    ("recipient_hours = True", "write true in lower case"),
    ("recipient_hours = yes # so", "write true or false, without quotes"),
    ("country = null", "TOML has no null; leave country out"),
    ("country =", "there is no value after country ="),
    ("limit = 007", "a number must not begin with 0"),
    ("limit = 7,", "there must be no comma at the end of a line"),
    ("a = 1\na = 2", "line 3: this is not TOML: this key is in its table twice"),
    ("[w]\n[w]", "line 3: this is not TOML: this table is there twice"),
    ("[workspace", "line 2: this is not TOML: the bracket of this table is not closed"),
    ("[[members]", "the bracket of this table is not closed"),
    ('reviewers = ["U1"\n[[x]]\ny = 1', "line 2: this is not TOML: the list is not closed: ] is missing"),
    ('reviewers = ["U1" "U2"]', "the list is not closed: ] is missing, or a comma"),
    ("reviewers = [U1]", "text in a list is in quotes, with commas between"),
    ('reviewers = [\n  "U1",\n  U2,\n]', "line 4: this is not TOML: text in a list is in quotes"),
    ("x = {a = 1\ny = 2", "line 2: this is not TOML: the braces are not closed"),
    ('path = "C:\\dir"', "write \\\\, or use single quotes"),
]


@pytest.mark.parametrize(("text", "told"), SYNTAX)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_what_is_no_toml_is_told_in_plain_words(text: str, told: str, ending: str) -> None:
    [fault] = faults(f"# first\n{text}\n".replace("\n", ending))
    assert told in fault
    assert fault.startswith("line ")


@pytest.mark.parametrize("line", ["smtp_url = smtps://sam:hunter2@host", "smtp_url = hunter2", 'smtp_url = "hunter2'])
def test_a_line_that_may_hold_a_password_is_not_shown(line: str) -> None:
    [fault] = faults(f"{line}\n")
    assert fault.startswith("line 1: this is not TOML")
    assert "hunter2" not in fault


def test_what_cannot_be_seen_is_shown_as_what_it_is() -> None:
    [fault] = faults('name = "a\x07b"\n')
    assert "an invisible character" in fault
    assert "\x07" not in fault


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('role = "reviewer"', 'rolle = "reviewer"', "line 10: members.rolle: unknown key. Did you mean role?"),
        ("[[accounts]]", "[[acounts]]", "line 12: acounts: unknown key. Did you mean accounts?"),
        ('role = "reviewer"', 'role = "reviewer"\nquorum = 2', "unknown key. It belongs to [[campaigns]]."),
        (
            "[workspace]",
            "undo_seconds = 9\n[workspace]",
            "undo_seconds: unknown key. It belongs to [workspace].",
        ),
        ('role = "reviewer"', 'role = "reviewer"\nzzz = 2', "line 11: members.zzz: unknown key"),
        ("[[members]]", "[members]", "line 6: members: write [[members]] in double brackets: there may be several"),
        ("[workspace]", "[[workspace]]", "line 1: workspace: write [workspace] in single brackets: there is one"),
        (
            'slug = "launch"',
            'recipient_hours = "yes"',
            "campaigns.recipient_hours: must be true or false",
        ),
        ('slug = "launch"', "slug = 3", "line 18: campaigns.slug: must be text"),
        ('slug = "launch"', 'slug = "launch"\nquorum = "2"', "campaigns.quorum: must be a whole number from 1 to 5"),
        ('["U01ALICE"]', '"U01ALICE"', "line 22: campaigns.reviewers: must be a list"),
    ],
)
def test_a_fault_in_meaning_names_key_line_and_what_was_likely_meant(old: str, new: str, told: str) -> None:
    assert old in GOOD
    assert any(told in fault for fault in faults(GOOD.replace(old, new, 1)))
