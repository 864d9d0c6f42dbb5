"""The vocabulary by which leftovers are told: each word of it does something. None is to get lost by chance."""

import pytest

from core.drafts.field_names import Doubt, field_named, is_a_name
from core.drafts.greetings import nameless_greeting


def _words(text: str, between: str = "|") -> list[str]:
    return [word.strip() for line in text.splitlines() for word in line.split(between) if word.strip()]


GREET_SOMEBODY = _words("""
    good morning|good afternoon|good evening|good day|greetings|hello|hi|hey|hiya|guten morgen|guten tag|guten abend
    liebe|hallo|moin|servus|grüezi|bonjour|bonsoir|salut|chers|buenos días|buenas tardes|hola|buongiorno|buonasera|ciao
    salve|egregio|caro|cara|spett.le|bom dia|boa tarde|olá|oi|goedemorgen|goedemiddag|goedendag|hoi|dag|god morgon
    god dag|hej|hejsan|käre|bästa|hei|hyvä|moi|terve|dzień dobry|witam|cześć|dobrý den|ahoj|bună|merhaba
    здравствуйте|добрый день|привет|вітаю|доброго дня|γεια σας|مرحبا|مرحبًا|שלום|您好|你好|안녕하세요
""")
#: These are nothing without a name after them.
NEED_A_NAME = _words("""
    dear|dearest|sehr geehrter|sehr geehrte|lieber|cher|chère|estimado|estimada|querido|querida|gentile|prezado|prezada
    beste|geachte|kära|kære|kjære|szanowny|szanowna|vážený|sayın|уважаемый|уважаемая|αγαπητέ|αγαπητή|عزيزي|عزيزتي|尊敬的
""")
NAMES = _words(
    """
    name names firstname lastname fullname nickname fname lname surname forename vorname nachname prénom prenom nombre
    apellido nome cognome sobrenome voornaam achternaam förnamn efternamn fornavn etternavn imię nazwisko
""",
    " ",
)
FIELDS = _words(
    """
    company companyname organization organisation employer jobtitle title role position industry city recipient prospect
    signature icebreaker salutation addressee competitor
    firma unternehmen nom société societe entreprise empresa azienda naam bedrijf
""",
    " ",
)
PERHAPS = _words(
    """
    link url website domain date time day month year email phone number address product service topic country state
    location price amount calendar calendly meeting customer client user lead event value offer reason detail
    details connection pain point post opening hook intro introduction cta benefit challenge problem achievement
    testimonial metric statistic unsubscribe
""",
    " ",
)
BESIDE = _words(
    """
    first last full middle given family your my our their his her its the a an of s or and recipients prospects
    sender contact person member account customers clients job business current target specific insert here mail e
    custom mutual common shared similar relevant subscriber field merge var tag mr mrs ms dr herr frau
    ihr ihre dein deine votre ton mon notre tu su seu sua il tuo suo uw jouw mijn din
""",
    " ",
)


@pytest.mark.parametrize("word", GREET_SOMEBODY + NEED_A_NAME)
def test_whatever_greets_does_not_greet_null(word: str) -> None:
    assert nameless_greeting(f"{word.capitalize()} null,\nhow are you?") == f"{word.capitalize()} null,"


@pytest.mark.parametrize("word", NEED_A_NAME)
def test_what_is_nothing_without_a_name(word: str) -> None:
    assert nameless_greeting(f"{word.capitalize()},\nhow are you?") == f"{word.capitalize()},"
    assert nameless_greeting(f"{word.capitalize()} Dana,\nhow are you?") is None


@pytest.mark.parametrize("word", NAMES)
def test_a_word_for_the_name_of_a_person(word: str) -> None:
    assert (field_named(word), is_a_name(word)) == (Doubt.SURE, True)
    assert nameless_greeting(f"Hi {word.upper()},") == f"Hi {word.upper()},"


@pytest.mark.parametrize("word", FIELDS)
def test_a_word_for_a_field_is_enough(word: str) -> None:
    assert (field_named(word), is_a_name(word)) == (Doubt.SURE, False)


@pytest.mark.parametrize("word", PERHAPS)
def test_a_word_that_may_stand_in_ordinary_brackets_needs_another(word: str) -> None:
    assert (field_named(word), field_named(f"their {word}")) == (Doubt.PERHAPS, Doubt.SURE)


@pytest.mark.parametrize("word", BESIDE)
def test_a_word_that_stands_beside_the_name_of_a_field(word: str) -> None:
    assert (field_named(word), field_named(f"{word} company")) == (None, Doubt.SURE)
