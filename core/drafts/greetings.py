"""Greetings that greet nobody, as "Hi null,", "Dear ," or "Hi FIRSTNAME,"; and values that say nothing. Pure."""

import re

from core.drafts.field_names import is_a_name

#: How a letter begins, in the languages that people write to each other in.
_GREETINGS = """
    good morning|good afternoon|good evening|good day|greetings|hello|hi|hey|hiya|dear|dearest
    guten morgen|guten tag|guten abend|sehr geehrter|sehr geehrte|liebe|lieber|hallo|moin|servus|grüezi
    bonjour|bonsoir|salut|cher|chère|chers
    buenos días|buenas tardes|hola|estimado|estimada|querido|querida
    buongiorno|buonasera|ciao|salve|gentile|egregio|caro|cara|spett.le
    bom dia|boa tarde|olá|oi|prezado|prezada|caro|cara
    goedemorgen|goedemiddag|goedendag|beste|geachte|hoi|dag
    god morgon|god dag|hej|hejsan|kära|käre|bästa|hei|kære|kjære|hyvä|moi|terve
    dzień dobry|witam|cześć|szanowny|szanowna|dobrý den|ahoj|vážený|bună|merhaba|sayın
    здравствуйте|добрый день|привет|уважаемый|уважаемая|вітаю|доброго дня|γεια σας|αγαπητέ|αγαπητή
    مرحبا|مرحبًا|عزيزي|عزيزتي|שלום|您好|你好|尊敬的|안녕하세요
"""
GREETINGS = tuple(sorted({word.strip() for word in re.split(r"[|\n]", _GREETINGS) if word.strip()}, key=len)[::-1])
#: These are nothing without a name after them.
_NEED_A_NAME = re.compile(
    r"dear|dearest|sehr geehrte[rs]?|lieber|cher|chère|estimad[oa]|querid[oa]|gentile|egregio|prezad[oa]|beste|geachte|"
    r"kära|kære|kjære|szanown[ya]|vážený|sayın|уважаем(?:ый|ая)|αγαπητ[έή]|عزيزي|عزيزتي|尊敬的",
    re.IGNORECASE,
)
_TITLE = r"(?:mr|mrs|ms|mx|dr|prof|herrn?|frau|mme|sra?)\b\.?"
_GREETING = re.compile(
    rf"(?:{'|'.join(map(re.escape, GREETINGS))})(?!\w)(?P<title>(?:[ \t/]+{_TITLE})*)"
    r"(?P<name>(?:[^,!:;،、\n]|:(?=[\w*~]+:?[,\s])){0,60})(?P<end>[,!;،、]|:(?![-'^]?[)D(PpOo/|]|\w)|$)",
    re.IGNORECASE | re.MULTILINE,
)
#: Japanese, Korean and Chinese put the honorific behind the name, on a line of its own.
_HONORIFIC = re.compile(r"(?P<name>[^\n,。]{0,40}?)\s*(?:様|さま|さん|先生|님|女士)[,、]?")
#: What programs write where they have no value. Nan, Nil and Na are names as well, when they are written as names are.
NO_VALUE = (
    r"(?:null|NULL|Null|undefined|Undefined|UNDEFINED|None|none|NONE|NaN|nan|NAN|nil|"
    r"n/a|N/A|NA|#N/A|unknown|Unknown|blank)"
)
_NOTHING = re.compile(
    rf"[(\[<\"']?{NO_VALUE}[)\]>\"']?(?:\s+{NO_VALUE})*|[-–—_?*#./\\|<>\"'()\[\]{{}}…\s]+|\[blank\]|x{{2,}}|X{{2,}}|"
    rf"\[object Object\]"
)
_IN_A_NAME = re.compile(r"\S.*\s(?:null|undefined|NaN|nan|\(?null\)?)$")
#: These are nobody's name, whatever follows: "Hi null how are you", "Hello None - a question".
_BEGINS_AS_NOBODY = re.compile(r"(?:null|NULL|undefined|NaN)\b|None(?=\.|\s+[-–—])")


def is_no_value(value: str | None) -> bool:
    """Whether a field of a person says nothing: empty, what programs and people write where nothing is known, or the
    name of a field.
    """
    return not value or not value.strip() or _nobody(value.strip())


def nameless_greeting(text: str) -> str | None:
    """The greeting of a text that greets nobody, if its first line is one; or one of the next lines, for a name that is
    no value.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()][:4]
    return next(filter(None, (_nameless(line, first=number == 0) for number, line in enumerate(lines))), None)


def _nameless(line: str, *, first: bool) -> str | None:
    behind = _HONORIFIC.fullmatch(line)
    if behind is not None:
        return line if not behind["name"] or _nobody(behind["name"]) else None
    greeting = _GREETING.match(line)
    if greeting is None:
        return None
    said, name = greeting[0], greeting["name"].strip()
    if not name:
        return said if first and _needs_a_name(greeting, whole=said == line) else None
    name = re.sub(r"(?<=\w)[\s.?–—-]+$", "", name)
    if greeting["title"] and name in ("None", "Null"):  # people have these for a last name
        return None
    if not re.search(r"\w", name):  # "Hi -" and a line of its own is how some greet
        return said if first and greeting["end"] else None
    return said if _nobody(name) or _BEGINS_AS_NOBODY.match(name) else None


def _nobody(name: str) -> bool:
    """Whether a name is what stands where there is none, or the name of the field."""
    return bool(_NOTHING.fullmatch(name) or _IN_A_NAME.fullmatch(name) or is_a_name(name))


def _needs_a_name(greeting: re.Match[str], *, whole: bool) -> bool:
    """Whether what greets without a name was to have one: by its word, or by the space before its mark."""
    said = greeting[0]
    word = re.match(r"\w+(?: \w+)?", said)
    if greeting["title"] or (word and _NEED_A_NAME.match(said)):
        return bool(greeting["end"]) or whole
    # French puts a space before its marks.
    french = said.lower().startswith(("bon", "salut"))
    return bool(re.search(r"\s[,;،、]$", said) or (re.search(r"\s[!:]$", said) and not french))
