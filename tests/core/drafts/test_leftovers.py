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
    *("I'm sorry, but I can't", "Certainly! We do", "Here is a draft", "we heard of null and",),
    *("it says undefined there", "a TODO list"),
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
