"""Leftovers: what stands in a text that nobody meant to send, placeholders (`core/drafts/placeholders.py`) and more.

Pure.

A greeting whose name was empty, a note of its author to themselves, a model that speaks of its own work, a value that a
program did not have. Each table says what is sure, and what a person should look at.
"""

import re
import unicodedata
from typing import NamedTuple

from core.drafts.placeholders import Doubt, field_named, find_placeholder

#: How a letter begins, in the languages that people write to each other in; the longest first.
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
"""
GREETINGS = tuple(sorted({word.strip() for word in re.split(r"[|\n]", _GREETINGS) if word.strip()}, key=len)[::-1])
#: These are nothing without a name after them.
_NEED_A_NAME = re.compile(
    r"dear|dearest|sehr geehrte[rs]?|lieber|cher|chère|estimad[oa]|querid[oa]|gentile|egregio|prezad[oa]|beste|geachte|"
    r"kära|kære|kjære|szanown[ya]|vážený|sayın",
    re.IGNORECASE,
)
_TITLE = r"(?:mr|mrs|ms|mx|dr|prof|herrn?|frau|mme|sra?)\b\.?"
_GREETING = re.compile(
    rf"(?:{'|'.join(map(re.escape, GREETINGS))})(?!\w)(?P<title>(?:[ \t]+{_TITLE})*)"
    r"(?P<name>[^,!:;\n]{0,60})(?P<end>[,!:;]|$)",
    re.IGNORECASE | re.MULTILINE,
)
#: What programs write where they have no value. Nan, Nil and Na are names as well, when they are written as names are.
_NO_VALUE = (
    r"(?:null|NULL|Null|undefined|Undefined|UNDEFINED|None|none|NONE|NaN|nan|NAN|nil|"
    r"n/a|N/A|NA|#N/A|unknown|Unknown|blank)"
)
_NO_NAME = re.compile(
    rf"[(\[<\"']?{_NO_VALUE}[)\]>\"']?(?:\s+{_NO_VALUE})*|[-–—_?*#./\\|]+|\(\)|\[\]|\[blank\]|x{{2,}}|X{{2,}}|"
    rf"\[object Object\]"
)
_IN_A_NAME = re.compile(r"\S.*\s(?:null|undefined|NaN|nan|\(?null\)?)$")
_ALONE = re.compile(rf"^\s*{_NO_VALUE}\s*,|,\s*(?:null|undefined|NaN|None)\s*[?!.]?\s*$")

#: Programs and spreadsheets without a value, wherever it stands.
_NO_VALUE_SURE = re.compile(
    r"\[object \w+\]|#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)|\bInvalid Date\b|"
    r"<(?:nil|null|none|undefined|no value|unknown)>|\((?:null|undefined|blank)\)|%!\w?\(\w+\)",
    re.IGNORECASE,
)
_NO_VALUE_PERHAPS = re.compile(
    r"\bundefined\b|\bNaN\b|\b(?:at|for|with|of|from|to|and|in|as|about|that) (?:None|N/A|null)(?![\w/])|&(?:nbsp|amp|"
    r"lt|gt|quot|#\d+);"
)

_NOTES_SURE = re.compile(
    r"\bTODO ?[:(\]>-].{0,50}|^\W{0,4}TODO(?= ?[a-z]).{0,50}|[\[(<{] ?(?:TODO|XXX|TBD|TBC)\b.{0,50}|\bFIXME\b.{0,50}|"
    r"@todo\b.{0,50}|"
    r"\bTKTK\b|(?<!Bowl )(?<![\w-])X{3,}(?![\w-])|[$€£]XX+\b|\bXX+ ?%|\bTBD:.{0,50}|\bPLACEHOLDER\b|\basdf\w*|"
    r"(?i:\blorem ipsum\b.{0,30}|\bnote to (?:self|author|editor|reviewer)\b.{0,50}|\b(?:your )?text goes here\b)",
    re.MULTILINE,
)
_NOTES_PERHAPS = re.compile(r"\bTODO\b(?! [A-ZÀ-Þ]{2}).{0,50}|^\W{0,2}DRAFT\b ?[\]:–-].{0,30}", re.MULTILINE)
#: A whole line, as in the signature of a template.
_SIGNATURE = re.compile(
    r"^[ \t]*(?:Your|YOUR) (?:(?:Full|FULL|Job|JOB) )?(?:Name|NAME|Company|COMPANY|Title|TITLE|Position|POSITION|"
    r"Signature)[ \t]*$",
    re.MULTILINE,
)

_MODEL = r"(?:large |ai |artificial intelligence )*language model"
_WORKS = (
    r"(?:draft|version|e-?mail|message|template|rewrite|revision|variation|option|follow-?up|response|reply|"
    r"subject line|copy|outreach)s?"
)
_SPEAKS_SURE = re.compile(
    rf"\bas an? {_MODEL}\b.{{0,40}}|\bas an? (?:ai|artificial intelligence)(?: (?:assistant|model|chatbot|system|"
    rf"agent))?,? i\b.{{0,40}}|"
    rf"\bI(?:'m| am) (?:just |only )?an? {_MODEL}\b|\bmy (?:knowledge|training) (?:cut-?off|data)\b|"
    r"\bas of my (?:last |latest )?(?:knowledge|training|update)\b.{0,30}|\bknowledge cut-?off\b|\btrained by OpenAI\b|"
    r"\bI (?:can(?:no|')t|can not|am unable to|'m unable to|am not able to|won't|will not) "
    r"(?:assist|help|comply) with (?:that|this)\b.{0,40}|"
    r"\bI (?:can(?:no|')t|can not|am unable to|am not able to|won't|will not) (?:fulfil|comply|generate|write|create|"
    r"produce|compose|draft)\w* .{0,40}|"
    r"\bI'm unable to (?:fulfil|comply|generate|write|create|produce|compose|draft)\w* .{0,40}|"
    r"\bagainst (?:openai's|my|our) (?:content |usage )?(?:policy|policies|guidelines)\b|\bviolates? (?:openai's|"
    r"my) .{0,20}polic\w+|"
    r"\bI (?:do not|don't) have (?:access to|the ability to) (?:real-?time|brows|personal|the internet|current).{0,30}|"
    r"<\|?/?(?:im_start|im_end|endoftext|think|thinking|system|assistant|eot_id)\|?>|\[/?INST\]|"
    r"\bals (?:ki|ai)-?(?:sprachmodell|taalmodel)\b|\bals (?:großes )?(?:sprachmodell|taalmodel)\b|"
    r"\bmodèle de langage\b|\bmodelo de lengua(?:je|gem)\b|\bmodello linguistico\b",
    re.IGNORECASE,
)
_SPEAKS_PERHAPS = re.compile(
    r"\bI(?:'m| am) (?:just |only )?an? ai (?:assistant|model|chatbot)\b|"
    r"\b(?:let me know|feel free|would you like me|happy) .{0,60}\b(?:adjust|tweak|revise|refine|modify|shorten|"
    r"lengthen|rewrite|customi[sz]e|personali[sz]e)\b.{0,40}|"
    r"\b(?:more formal|more casual|different tone|shorter version|another version)\b",
    re.IGNORECASE,
)
_HERE = (
    r"(?:here(?:'s| is| are)|below (?:is|are)|"
    r"i(?:'ve| have) (?:written|drafted|created|revised|rewritten|prepared|put together|crafted))"
)
_SURELY = (
    r"(?:sure(?: thing)?|certainly|of course|absolutely|definitely|great question|got it|understood|okay|ok|"
    r"happy to help|no problem)"
)
_BEGINS_SURE = re.compile(
    rf"{_SURELY}\b[!,.:; –—-]+{_HERE}\b.{{0,60}}\b{_WORKS}\b.{{0,40}}|"
    rf"{_SURELY}\b[!,.:; –—-]+{_HERE}\b.{{0,100}}:[ \t*]*$|"
    rf"{_HERE}\b.{{0,60}}\b{_WORKS}\b.{{0,60}}:[ \t*]*$|[*_#> ]*(?:subject(?: line)?|betreff|objet|asunto|"
    rf"oggetto)[*_]* ?:.{{0,60}}|"
    r"[*_#> ]*(?:(?:e-?mail )?body|(?:e-?mail )?draft|option [1A]|version [1A]|assistant|user|human|"
    r"system)[*_]* ?:.{0,60}|```.{0,20}|"
    r"\{\s*\"(?:subject|body|email)\".{0,40}",
    re.IGNORECASE | re.MULTILINE,
)
_BEGINS_PERHAPS = re.compile(
    rf"(?:{_SURELY}\b[!.:–—-]|{_HERE}\b.{{0,60}}\b(?:draft|version|rewrite|revision)\b|"
    r"(?:I'm|I am) (?:really |very )?sorry,? but I (?:can(?:no|')t|can not|am unable|am not able|'m unable)|"
    r"I apologi[sz]e,? but I (?:can(?:no|')t|can not|am unable)|unfortunately,? I (?:can(?:no|')t|am unable)).{0,60}",
    re.IGNORECASE,
)


class Leftover(NamedTuple):
    """A sentence that names what was found, and how sure it is that nobody meant to send it."""

    sentence: str
    doubt: Doubt


def find_leftovers(subject: str, body: str, *, unasked: bool = True) -> tuple[Leftover, ...]:
    """What nobody meant to send, of the subject and then of the body: at most one of each kind.

    Lines that quote somebody else (`>`) do not count. `unasked`: no answer, which may well begin with "Certainly!".
    """
    head, own = _plain(subject), _plain("\n".join(line for line in body.splitlines() if not line.startswith(">")))
    greeting = _first("The greeting has no name: “{}”.", _nameless(own) or _nameless(head) or _match(_ALONE, head))
    value = _first("A value is missing: “{}”.", *_in_both(_NO_VALUE_SURE, head, own))
    note = _first(
        "The text has a note to its author: “{}”.", *_in_both(_NOTES_SURE, head, own), _match(_SIGNATURE, own)
    )
    speaks = _first("A model speaks of itself: “{}”.", *_in_both(_SPEAKS_SURE, head, own), _begins(_BEGINS_SURE, own))
    perhaps_value = _perhaps("A value may be missing: “{}”.", *_in_both(_NO_VALUE_PERHAPS, head, own))
    perhaps_note = _perhaps("Perhaps a note to its author: “{}”.", *_in_both(_NOTES_PERHAPS, head, own))
    perhaps_speaks = _perhaps(
        "Perhaps a model's own words: “{}”.",
        *_in_both(_SPEAKS_PERHAPS, head, own),
        _begins(_BEGINS_PERHAPS, own) if unasked else None,
    )
    found = [
        *_placeholders("The subject", head),
        *_placeholders("The text", own),
        *(greeting + value or perhaps_value),
        *(note or perhaps_note),
        *(speaks or perhaps_speaks),
    ]
    return tuple(found)


def is_no_value(value: str | None) -> bool:
    """Whether a field of a person says nothing: empty, or what programs and people write where nothing is known."""
    return not value or not value.strip() or _NO_NAME.fullmatch(value.strip()) is not None


def _plain(text: str) -> str:
    """Full-width braces and curly apostrophes are the plain ones; what cannot be seen hides nothing."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    return "".join(c for c in folded if c in "\n\t" or unicodedata.category(c) not in ("Cf", "Cc"))


def _placeholders(where: str, text: str) -> list[Leftover]:
    found = find_placeholder(text)
    if found is None:
        return []
    sure = found.doubt == Doubt.SURE
    return [Leftover(f"{where} {'has' if sure else 'may have'} a placeholder: {_short(found.shown)}.", found.doubt)]


def _nameless(text: str) -> str | None:
    """The greeting of a text, if it greets nobody: its first line, or that of the subject."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    greeting = _GREETING.match(first)
    if greeting is None:
        return None
    said, name, end = greeting[0], greeting["name"].strip(), greeting["end"]
    if not name:
        word = re.match(r"\w+(?: \w+)?", said)
        # French puts a space before its marks, and some languages greet with a word alone.
        spaced = re.search(r"\s[,;]$", said) or (
            re.search(r"\s[!:]$", said) and not said.lower().startswith(("bon", "salut"))
        )
        needs = bool(greeting["title"]) or (word and _NEED_A_NAME.match(said))
        return said if spaced or (needs and end) else None
    name = re.sub(r"(?<=\w)[\s.?–—-]+$", "", name)
    if greeting["title"] and name in ("None", "Null"):  # people have these for a last name
        return None
    is_field = re.fullmatch(r"[\w ]*name[\w ]*", name, re.IGNORECASE) and field_named(name) == Doubt.SURE
    return said if _NO_NAME.fullmatch(name) or _IN_A_NAME.fullmatch(name) or is_field else None


def _in_both(pattern: re.Pattern[str], head: str, own: str) -> tuple[str | None, str | None]:
    return _match(pattern, head), _match(pattern, own)


def _match(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[0] if found else None


def _begins(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.match(text.lstrip())
    return found[0] if found else None


def _first(sentence: str, *found: str | None, doubt: Doubt = Doubt.SURE) -> list[Leftover]:
    one = next((text for text in found if text), None)
    return [Leftover(sentence.format(_short(one)), doubt)] if one else []


def _perhaps(sentence: str, *found: str | None) -> list[Leftover]:
    return _first(sentence, *found, doubt=Doubt.PERHAPS)


def _short(text: str) -> str:
    """On one line, and not longer than a reason may be."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
