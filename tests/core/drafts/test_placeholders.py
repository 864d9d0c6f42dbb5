"""Placeholders: each merge language of the trade is found, and ordinary brackets, prices and footnotes are not."""

import pytest

from core.drafts.field_names import Doubt
from core.drafts.placeholders import LANGUAGES, find_placeholder

SURE = [
    "{{x}}",
    "{{ contact.firstname }}",
    "{{{Recipient.FirstName}}}",
    "{{ first_name|default:'' }}",
    "{{lead.First Name:default=}}",
    "{{${first_name}}}",
    "{{RANDOM | a | b}}",
    "{{first_name",
    "{{first_name}",
    "{% if x %}",
    "{# a note #}",
    "{!Contact.FirstName}",
    "{!Contact:First Name;}",
    "{$name}",
    "${firstName}",
    "${Contacts.First Name}",
    "$!{name}",
    "#{name}",
    "%%first_name%%",
    "%%First Name%%",
    "%%=v(@first)=%%",
    "*|FNAME|*",
    "*|IF:FNAME|*",
    "%FIRSTNAME%",
    "%first_name%",
    "%CONTACT.FIRSTNAME%",
    "%First Name%",
    "%(name)s",
    "<%name%>",
    "<%= name %>",
    "<?= $name ?>",
    "<#FIRST_NAME#>",
    "[[name]]",
    '[[FIRSTNAME OR "you"]]',
    "$[FNAME]$",
    "[firstname,fallback=]",
    "[firstname, fallback=there]",
    "<<Name>>",
    "<<First Name>>",
    "«FirstName»",
    "@@name@@",
    "##name##",
    "||name||",
    "__NAME__",
    "__FIRST_NAME__",
    "-FIRSTNAME-",
    "-name-",
    "$firstname$",
    "$name",
    "$first_name",
    "~Contact.FirstName~",
    "#FIRSTNAME#",
    "@FirstName",
    "@Model.FirstName",
    "{0}",
    "{}",
    "%s",
    "{first_name}",
    "{firstName}",
    "{First Name}",
    "{icebreaker}",
    "{contactfield=firstname}",
    "{FirstName|there}",
    "{Hi|Hello|Hey}",
    "{CustomLine}",
    "{Acme:FirstName}",
    "__first_name__",
    "<insert the award>",
    "[Name]",
    "[FIRST NAME]",
    "[FIRST_NAME]",
    "[Recipient's Name]",
    "[Your Company]",
    "[their company]",
    "[calendar link]",
    "[Vorname]",
    "[Prénom]",
    "[insert company]",
    "[mention the award]",
    "[your unique value proposition]",
    "[TODO]",
    "<first name>",
    "<your name>",
    "<insert link>",
    "(insert company)",
    "INSERT NAME HERE",
    "your name here",
    "{first_name}@{company}",
    "https://example.org/?name={first_name}",
    "{{lead.Company Name:default=}}",
    "{{ person.first_name|default:'' }}",
    "{{ .Subscriber.Name }}",
    "{{RANDOM | {{a}} | b}}",
    "{first_name}}",
    "{ MERGEFIELD First_Name }",
    "{contact:first_name}",
    "%{first_name}",
    "%recipient.first_name%",
    "${!Leads.First Name}",
    "$(first_name)",
    "$FIRST_NAME_$",
    "[% member:first_name %]",
    "[subscriber:firstname | default:reader]",
    "[$name]",
    "[*FNAME*]",
    "[Hi|Hello|Hey]",
    "@firstname",
    "@FIRSTNAME@",
    "#FirstName#",
    "~first_name~",
    "_FN_",
    "FNAME",
    "FIRST_NAME",
    "==FNAME==",
    "[Mr./Ms. Last Name]",
    "[mutual connection]",
    "[pain point]",
    "[unsubscribe link]",
    "[add a line about the award]",
    "[reason for reaching out]",
    "[Firma einfügen]",
    "[insérer le nom]",
    "[insertar nombre]",
    "[X%]",
    "[$X]",
    "[X] years",
    "[???]",
    "[____]",
    "insert company here",
    "INSERT COMPANY",
    "(fill in)",
]
#: What is shown of those of which another part is found first, or no end.
CUT = {
    "{{{Recipient.FirstName}}}": "{{{Recipient.FirstName",
    "{{${first_name}}}": "{{$",
    "{{first_name": "{{first_name",
    "{{first_name}": "{{first_name",
    "{first_name}@{company}": "{first_name}",
    "https://example.org/?name={first_name}": "{first_name}",
    "{{RANDOM | {{a}} | b}}": "{{RANDOM |",
    "==FNAME==": "FNAME",
    "[X] years": "[X]",
}
PERHAPS = [
    "(First Name)",
    "[link]",
    "[Date]",
    "[custom_line]",
    "[Your turn]",
    "[add to calendar]",
    "[on|off]",
    "{the thing they said}",
    "https://example.org/users/{id}",
    "insert your card here",
    "first_name",
    "«prénom»",
]
ORDINARY = [
    "Re: [EXTERNAL] Pricing question",
    "[GDPR] what changes",
    "[JIRA-123] it is open",
    "[list-name] minutes",
    "[Action required] sign",
    "[PATCH v2] fix",
    "[Your ticket #4521] is open",
    "as said [1] and [2, 3]",
    "he said it [sic]",
    "(…) and [...] and [x] done",
    "[the page](https://example.org)",
    "<https://example.org/a>",
    "<dana@example.org>",
    "a < b > c",
    "a << b >> c",
    "I <3 it",
    "<b>bold</b><br>",
    "it costs $50, or US$ 1,000, or $1.2m",
    "$AAPL rose, and A$AP sang",
    "100% of 50% of 20%, up 5% discount",
    "10%-20% off",
    "caf%C3%A9 and %20and%20more",
    '{"a": 1}',
    "{a, b}",
    "f(x) = {}",
    "a{2}",
    "well-known, state-of-the-art, - name - x",
    "__init__ and **Company**",
    "__name__ and __Company__",
    "## Heading ##",
    "std::vector::x, A || B || C",
    "#company and @company and @acme",
    "« bonjour » and «Merci»",
    "the first name here is his",
    "your name and your company",
    "(company) and (first name)",
    "between ~10.5~ and #1 #2",
    "[Your invoice is ready] have a look",
    "Re: [Event] join us",
    "[Your weekly report] October",
    "[Email 1 of 3] the beginning",
    "[Enterprise] and [Entertainment] and [mentioned above]",
    "[to be confirmed] or [TBA]",
    "[my emphasis] and [...]",
    "- [ ] one and [X] done",
    "x[name] = 3 and x[0] and [[4]]",
    r"\frac{1}{2}",
    "a{color:red} body{margin:0}",
    "if (a) { b(); }",
    'printf("%s")',
    "$HOME and ${HOME} and %PATH% and %USERPROFILE%",
    "« votre entreprise »",
    "https://example.org/?first_name=Dana&sort=last_name",
    "https://example.org/first_name and name@first_name.example",
    "the iPhone, LinkedIn and HubSpot of YOUR COMPANY, a GmbH",
    "(enter by the back door)",
    "(Head Office)",
    "Sam | Acme | Leeds",
    ":smile: and 10:30:45",
]


@pytest.mark.parametrize("left", SURE)
@pytest.mark.parametrize("text", ["{}", "Hello {}, how are you?", "We saw you at the fair.\n{}\nSam"])
def test_what_a_merge_language_leaves_behind_is_found_and_shown(left: str, text: str) -> None:
    found = find_placeholder(text.replace("{}", left))
    assert found is not None
    if left in CUT:
        assert (found.shown.startswith(CUT[left]), found.doubt) == (True, Doubt.SURE)
    else:
        assert found == (left, Doubt.SURE)


@pytest.mark.parametrize("left", PERHAPS)
def test_what_may_be_one_is_for_a_person_to_look_at(left: str) -> None:
    shown = left.removeprefix("https://example.org/users/")
    assert find_placeholder(f"Have a look: {left} today.") == (shown, Doubt.PERHAPS)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_brackets_prices_and_footnotes_are_none(text: str) -> None:
    assert find_placeholder(text) is None


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.whose)
def test_every_language_of_the_table_is_the_one_that_finds_something(language: object) -> None:
    """Without its line, at least one of the placeholders above would be found otherwise, or not at all."""
    assert any(
        match
        for left in [*SURE, *PERHAPS]
        for match in language.pattern.finditer(left)  # type: ignore[attr-defined]
        if language.asks(match[match.lastindex or 0].strip())  # type: ignore[attr-defined]
    )


def test_the_sure_one_is_named_before_one_that_may_be_none() -> None:
    assert find_placeholder("See [link], {first_name}") == ("{first_name}", Doubt.SURE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See https://example.org/users/{Hi|Hello}", "{Hi|Hello}"),
        ("Dana{{first_name}}", "{{first_name}}"),
        ("Dana[First name]", "[First name]"),
    ],
)
def test_what_is_sure_is_so_wherever_it_stands(text: str, shown: str) -> None:
    assert find_placeholder(text) == (shown, Doubt.SURE)


def test_of_several_the_first_of_the_text_is_named() -> None:
    assert find_placeholder("See [Name], %%x%%, {{y}}") == ("[Name]", Doubt.SURE)
    assert find_placeholder("See {the thing they said} and [link]") == ("{the thing they said}", Doubt.PERHAPS)


def test_a_tag_stands_before_a_subject() -> None:
    assert find_placeholder("[Event]") == ("[Event]", Doubt.PERHAPS)
    assert find_placeholder("See [Event] and come") == ("[Event]", Doubt.PERHAPS)
    assert find_placeholder("[event] join us") == ("[event]", Doubt.PERHAPS)
    assert find_placeholder("[Name] join us") == ("[Name]", Doubt.SURE)
    assert find_placeholder("[JIRA-1] Fwd: [Event] join us") is None
