"""Leftovers: greetings of nobody, notes to oneself, a model's own words; and letters that only look like these."""

import pytest

from core.drafts.field_names import Doubt
from core.drafts.greetings import is_no_value
from core.drafts.leftovers import find_leftovers

SURE = [
    *("Hi null,", "Hi undefined,", "Dear None,", "Hi NaN,", "Hi ,", "Hi  ,", "Dear N/A,", "Hi [blank],",),
    *("Dear ,", "Dear,"),
    *("Dear Mr. ,", "Hi null null,", "Hi Dana undefined,", "Hello (null),", "Hi <null>,", "HI NULL,",),
    *("Hi null", "Hi null.", "Hi null -"),
    *("Hi ___,", "Hi ?,", "Hi XXX,", "Hi FIRSTNAME,", "Hi first_name,", "Hi {},", "Dear Dr. undefined,",),
    *("Hi \u200b,", "Good morning null,"),
    *("Hi (First Name),", "Hi @first_name@,", "Hi |*FNAME*|,", "Hi first_name}},", "Hi :name,", "Hi <>,", 'Hi "",'),
    *("Hi &nbsp;,", "Hi &lt;first_name&gt;,", "Dear", "Dear Mr/Ms,", "Your Saturday\nHi null,", "Thanks!\nDear None,"),
    *("Hola Nombre,", "Hallo Vorname,", "null様", "様", "您好 null，", "Здравствуйте null,", "عزيزي ،", "مرحبًا null،"),
    *("you at null.", "work at undefined", "work for None,", "undefined's growth"),
    *("Bonjour null,", "Bonjour ,", "Hallo None,", "Sehr geehrter Herr null,", "Guten Tag Frau ,",),
    *("Hola undefined,", "Ciao null,"),
    *("We were at [object Object] today", "since Invalid Date", "you grew by #N/A", "we like <nil> a lot"),
    *("TODO: mention award", "Hello\nTODO mention award", "see FIXME", "call XXX today", "Lorem ipsum dolor",),
    *("it is $XX", "TODO", "// TODO", "grow by X%", "[TBD]"),
    *("my training cut-off is 2023", "my training data only goes to 2023", "a knowledge cutoff of 2023"),
    *("I was trained by OpenAI", "as of my latest training, you", "against OpenAI's policy"),
    "it violates my usage policy",
    *("[INST] write", "Als KI-Taalmodel", "als Sprachmodell", "in quanto IA, io", "un modèle de langage"),
    *("un modelo de lenguaje", "un modello linguistico"),
    *("see @todo: price", "TKTK", "TBD: the price", "PLACEHOLDER for the price", "asdf", "we (TBC later) think"),
    *("<your name>", "Best,\nYour Name", "Best,\nSam\nYour Company", "INSERT NAME HERE", "note to self: shorter"),
    *("As an AI language model, I cannot", "I'm just an AI language model.", "As an AI, I do not",),
    *("Als KI-Sprachmodell kann ich",),
    *("as of my knowledge cutoff in 2023", "I can't assist with that request.",),
    *("I'm sorry, but I cannot fulfill this request.",),
    *("I’m sorry, but I can’t help with that.", "I am unable to generate this email", "<think>short</think>",),
    *("against my guidelines",),
    *("Here is a draft of your email:\n\nHi", "Here's a revised version:\nHi",),
    *("Sure! Here's a revised version of the email\n",),
    *("Sure! Here's the text:\nHi", "Certainly! Here is a personalized outreach email",),
    *("Subject: hello\n\nHi", "**Subject:** hello"),
    *("As a language model I", "As ChatGPT, I", "Als KI kann ich", "En tant qu'IA, je", "Como IA, no puedo"),
    *("I cannot write this kind of email", "as of my last update in 2021", "Certainly! Here is", "ChatGPT said: Hi"),
    *("Natürlich! Hier ist die E-Mail:\n", "¡Claro! Aquí tienes el correo:"),
    *("Voici une version plus courte :\nBonjour",),
    *("```\nHi", '{"subject": "x"}', "Email body: Hi"),
]  # fmt: skip
PERHAPS = [
    *("Hi Dana\nWord count: 98", "Note: replace the placeholders above", "Please fill in all the blanks below"),
    *("I'm sorry, but I can't", "Certainly! We do", "Here is a draft", "we heard of null and",),
    *("it says undefined there", "a TODO list"),
    *("your growth is NaN so far", "thanks None and", "Thank you, null and", "DRAFT: please read"),
    *("Let me know if you'd like me to adjust the tone", "R&amp;D is", "I'm an AI assistant",),
    *("your growth at None is", "the date is TBD", "at XXX Corp", "null is growing", "<!-- shorter -->"),
    *("Note: I have kept this short", "Option 1: Tuesday", "Here is a message from our CEO:"),
    *("Let me know if you'd like changes to this draft", "I don't have access to real-time data"),
]  # fmt: skip
ORDINARY = [
    *("Hi,", "Hi there,", "Hello!", "Bonjour !", "Bonjour,", "Hi Todo,", "Dear Mr. None,", "Hi Nan,",),
    *("Hi Na,", "Hi Nil,", "Dear all,"),
    *("Dear Customer,", "Dear Sir,", "Dear Sir or Madam,", "Guten Tag,", "Hola,", "Hello again,", "Hi Noah,",),
    *("Hi Nunez,",),
    *("As an AI company, we", "Hi,\nhere's the link", "love, Dana xxx", "TODO INCLUIDO", "Super Bowl XXX",),
    *("none of these", "Hi :)", "Hello :-)", "Hi -\nwe", "Hi Dana (and Sam),", "Hi Nome and Nameera,", "佐藤 美咲 様"),
    *("Dear Sir/Madam,", "Madame, Monsieur,", "Sehr geehrte Damen und Herren,", "Bonjour Madame,", "مرحبًا ليلى،"),
    *("with None of the fuss", "an undefined scope", "undefined behaviour", "the null hypothesis"),
    *("the XXI century", "Fish & Chips; R&D", "I hope this email finds you well.", "to do: call"),
    *("We train a language model", "As a language model researcher, I", "as an AI team, we", "our training data"),
    *("I can't write this week", "I won't write again", "I cannot create more time", "I'm unable to write Japanese"),
    *("I can't assist with this until Monday", "against our policy", "as of my last email", "a more formal process"),
    *("I can't write you a message every day", "as of my latest update in the CRM", "Here's the email from Tom:"),
    *("Below is the email chain:",),
    *("the word count: 98", "fill in the form", "complete the blanket order"),
    *("Happy to adjust the time", "Let me know if you'd like to adjust the date", "Sure, here's my number"),
    *("Hi,\nhere's the plan:", "Here are three ideas:", "Hi,\nOption 1: Tuesday", "Of course.", "Certainly, we can"),
    *("Hi,\nwe're sorry, but I can't make it", "Hi,\nHere is the draft contract that you asked for.",),
    *("Hi,\nSure! See you.",),
    *("Hi,\nthe subject: rotas", "your company is growing", "Hi,\n> Hi null,\n> TODO: x\n> {first_name}"),
]  # fmt: skip


@pytest.mark.parametrize("body", SURE)
def test_what_nobody_meant_to_send_is_sure(body: str) -> None:
    assert Doubt.SURE in {found.doubt for found in find_leftovers("Hello", body)}


@pytest.mark.parametrize("body", PERHAPS)
def test_what_may_be_meant_is_for_a_person_to_look_at(body: str) -> None:
    assert {found.doubt for found in find_leftovers("Hello", body)} == {Doubt.PERHAPS}


@pytest.mark.parametrize("body", ORDINARY)
def test_an_ordinary_letter_has_none(body: str) -> None:
    assert find_leftovers("Hello", body) == ()


@pytest.mark.parametrize(
    "subject", ["null, a question", "Hi null, a question", "A question, undefined?", "For {name}", "TODO: subject"]
)
def test_a_subject_is_read_as_well(subject: str) -> None:
    assert [found.doubt for found in find_leftovers(subject, "Hi Dana,\nhello.")] == [Doubt.SURE]


NO_SUBJECT = [
    *("null", "undefined", "None", "NaN", "nan", "NULL", "N/A", "none", "unknown", "null!", "- null", "(null)"),
    *("N/A?!", "[null]", "null null", "First name", "Re: null", "RE: Fwd: undefined", "[EXTERNAL] null", "ｎｕｌｌ"),
    *("null - a question", "null: a question", "null <> Acme", "Acme <> null", "Acme x null", "A question, None?"),
]  # fmt: skip


@pytest.mark.parametrize("subject", NO_SUBJECT)
def test_a_subject_that_is_a_value_that_nobody_had_is_sure(subject: str) -> None:
    shown = subject.replace("ｎｕｌｌ", "null")
    assert find_leftovers(subject, "Hi Dana,\nhello.") == ((f"A value is missing: “{shown}”.", Doubt.SURE),)


@pytest.mark.parametrize("subject", ["-", "...", "?", "Re:", "Re: ?"])
def test_a_subject_without_words_is_for_a_person_to_look_at(subject: str) -> None:
    assert find_leftovers(subject, "Hi Dana,\nhello.") == ((f"A value may be missing: “{subject}”.", Doubt.PERHAPS),)


@pytest.mark.parametrize(
    "subject",
    ["NA, EMEA and APAC", "Null and void", "The null hypothesis", "None of these", "[GDPR]", "Nan", "None left", "xyz"],
)
def test_a_subject_may_speak_of_nothing(subject: str) -> None:
    assert find_leftovers(subject, "Hi Dana,\nhello.") == ()


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("null", ("A value is missing: “null”.", Doubt.SURE)),
        ("?", ("A value may be missing: “?”.", Doubt.PERHAPS)),
        ("Re: null", ("A value may be missing: “Re: null”.", Doubt.PERHAPS)),
        ("Re: ?", None),
        ("Re:", None),
    ],
)
def test_what_stands_behind_the_re_of_an_answer_may_be_theirs(subject: str, found: tuple[str, Doubt] | None) -> None:
    assert find_leftovers(subject, "Hi Dana,\nhello.", unasked=False) == ((found,) if found else ())


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("None", ("A value is missing: “None”.", Doubt.SURE)),
        (" n/a ", ("A value is missing: “n/a”.", Doubt.SURE)),
        ("…", ("A value may be missing: “...”.", Doubt.PERHAPS)),
        ("Hi Dana,\n\nnull\n\nSam", ("A value is missing: “null”.", Doubt.SURE)),
        ("Hi Dana,\n- undefined.\n- two", ("A value is missing: “- undefined.”.", Doubt.SURE)),
        ("Hi Dana,\nhello.\n\nBest,\nNone", ("A value is missing: “None”.", Doubt.SURE)),
        ("\u200b", ("The text is empty.", Doubt.SURE)),
        ("> All of it\n> is quoted.", ("The text is empty.", Doubt.SURE)),
        ("{first_name}", ("The text has a placeholder: {first_name}.", Doubt.SURE)),
    ],
)
def test_a_text_or_a_line_of_it_that_says_nothing(body: str, found: tuple[str, Doubt]) -> None:
    assert find_leftovers("Hello", body) == (found,)


@pytest.mark.parametrize("body", ["Hi Dana,\nany of these?\nNone.\nSam", "Hi Dana,\nbest,\nNan", "Hi Dana,\n > null"])
def test_a_line_may_say_none(body: str) -> None:
    assert find_leftovers("Hello", body) == ()


def test_a_subject_that_nobody_can_see_is_empty() -> None:
    assert find_leftovers("\u200b", "Hi Dana,\nhello.") == (("The subject is empty.", Doubt.SURE),)


@pytest.mark.parametrize(
    ("subject", "body", "sentences"),
    [
        ("For {name}", "See {{x}}", ["The subject has a placeholder: {name}.", "The text has a placeholder: {{x}}."]),
        ("See [link]", "Hi Dana", ["The subject may have a placeholder: [link]."]),
        ("Hi null, a question", "Hi Dana", ["The greeting has no name: “Hi null,”."]),
        ("Hi null,", "Hi None,", ["The greeting has no name: “Hi None,”."]),
        ("Hello", "Hi {name}, null,", ["The text has a placeholder: {name}."]),
        ("{name}", "Hi null,", ["The subject has a placeholder: {name}.", "The greeting has no name: “Hi null,”."]),
        ("for null", "Hi Dana, at undefined.", ["A value is missing: “for null”."]),
        ("Hello", "Hi Dana, at undefined.", ["A value is missing: “at undefined”."]),
        ("the null is growing", "x", ["A value may be missing: “null”."]),
        ("Hello", "null is R&amp;D", ["A value may be missing: “null”."]),
        ("Hello", "Hi null,\nnull is R&amp;D", ["The greeting has no name: “Hi null,”."]),
        ("TODO: x", "Hi Dana, see FIXME y", ["The text has a note to its author: “TODO: x”."]),
        ("Hello", "see FIXME y", ["The text has a note to its author: “FIXME y”."]),
        ("Hello", "Best,\nYour Name", ["The text has a note to its author: “Your Name”."]),
        ("Hello TBD", "x", ["Perhaps a note to its author: “TBD”."]),
        ("Hello", "at TBD", ["Perhaps a note to its author: “TBD”."]),
        ("Hello TBD", "see FIXME y", ["The text has a note to its author: “FIXME y”."]),
        ("As an AI, I do", "my training data is", ["AI assistant wording: “As an AI, I do”."]),
        ("Hello", "  Subject: hello", ["AI assistant wording: “Subject: hello”."]),
        ("More formal tone", "Hi Dana", ["Perhaps AI assistant wording: “More formal tone”."]),
        ("Hello", "We like a different tone", ["Perhaps AI assistant wording: “different tone”."]),
        ("Hello", " Sure! We do", ["Perhaps AI assistant wording: “Sure! We do”."]),
        ("Hello", "Sure! As an AI, I do", ["AI assistant wording: “As an AI, I do”."]),
        ("Hello", f"see FIXME {'y' * 70}", [f"The text has a note to its author: “FIXME {'y' * 49}”."]),
        ("Hello", f"see {{{{ {'y' * 52} }}}}", [f"The text has a placeholder: {{{{ {'y' * 52} }}}}."]),
        ("Hello", f"see {{{{  {'y' * 52} }}}}", [f"The text has a placeholder: {{{{ {'y' * 52} }}}}."]),
        ("Hello", f"see {{{{ {'y' * 54} }}}}", [f"The text has a placeholder: {{{{ {'y' * 54} }}}}."]),
        ("Hello", f"see {{{{ {'y' * 55} }}}}", [f"The text has a placeholder: {{{{ {'y' * 55} …."]),
    ],
)  # fmt: skip
def test_each_kind_is_told_once_as_it_stands_there(subject: str, body: str, sentences: list[str]) -> None:
    assert [found.sentence for found in find_leftovers(subject, body)] == sentences


def test_what_may_be_a_placeholder_is_surely_no_name() -> None:
    assert find_leftovers("Hello", "Hi first_name,") == (
        ("The text may have a placeholder: first_name.", Doubt.PERHAPS),
        ("The greeting has no name: “Hi first_name,”.", Doubt.SURE),
    )


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("at\u00a0null.", "at null"),
        ("at nu\u200bll.", "at null"),
        ("at nu\x9bll.", "at null"),
        ("あ\nHi\tnull,", "Hi null,"),
        ("Hi\tnull,", "Hi null,"),
        ("As an AI, I’m", "As an AI, I'm"),
        ("As an AI, I‘m", "As an AI, I'm"),
        ("&lt;null&gt;", "<null>"),
        ("at undefined&#33;", "at undefined"),
    ],
)
def test_a_text_is_read_as_it_is_seen(text: str, read: str) -> None:
    [found] = find_leftovers("Hello", text)
    assert (f"“{read}”" in found.sentence, found.doubt) == (True, Doubt.SURE), found


@pytest.mark.parametrize("name", ["{first_name}", "{{x}}", "[First Name]", "*|FNAME|*", "FIRST_NAME"])
def test_the_placeholder_of_a_greeting_is_told_once(name: str) -> None:
    (found,) = find_leftovers("Hello", f"Hi {name},\nhello.")
    assert found.sentence == f"The text has a placeholder: {name}."


def test_an_answer_may_begin_as_a_model_does() -> None:
    assert find_leftovers("Re: Thursday", "Certainly! Thursday at ten.", unasked=False) == ()
    assert find_leftovers("Thursday", "Certainly! Thursday at ten.") != ()


def test_full_width_braces_are_braces() -> None:
    (found,) = find_leftovers("Hello", "See ｛first_name｝")
    assert found.sentence == "The text has a placeholder: {first_name}."


@pytest.mark.parametrize("value", [None, "", "  ", "null", "None", "N/A", "-", "undefined", "unknown"])
def test_a_value_that_says_nothing(value: str | None) -> None:
    assert is_no_value(value)


@pytest.mark.parametrize("value", ["Dana", "Nan", "Na", "Nil", "https://example.org"])
def test_a_value_that_says_something(value: str) -> None:
    assert not is_no_value(value)
