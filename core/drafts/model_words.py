"""A model's own words: that it is one, that it cannot, what it has written for you, and its labels. Pure.

What may as well be a person's is for a person to look at: many a letter begins with "Certainly", and many a firm has a
language model.
"""

import re

_MODEL = r"(?:large |ai |artificial intelligence )*language model"
_WRITES = r"(?:fulfil|comply|generate|write|create|produce|compose|draft)\w*"
_TEXTS = r"(?:requests?|e-?mails?|messages?|content|texts?|letters?|cop(?:y|ies)|outreach|prompts?|drafts?|material)"
_CANNOT = (
    r"\bI(?: can(?:no|')t| can not| am unable to|'m unable to| am not able to|'m not able to|"
    r" won't| will not)"
)
SPEAKS_SURE = re.compile(
    rf"\bas an? {_MODEL}(?=[,.;]|\s+I\b|\s+(?:trained|developed|made|created)\b|\s*$).{{0,40}}|"
    r"\bas an? (?:ai|artificial intelligence)(?: (?:assistant|model|chatbot|system|agent))?,? i\b.{0,40}|"
    r"\bas (?:chatgpt|gpt-?\w+|claude|gemini|copilot),? i\b.{0,40}|"
    rf"\bI(?:'m| am) (?:just |only )?an? {_MODEL}\b|\bmy (?:knowledge|training) cut-?off\b|"
    r"\bmy training data (?:only|ends?|does|goes|includes?|is)\b.{0,30}|\bknowledge cut-?off\b|\btrained by OpenAI\b|"
    r"\bas of my (?:last |latest )?(?:knowledge|training)\b.{0,30}|"
    r"\bas of my (?:last|latest) update in (?:\w+ )?\d{4}|"
    rf"{_CANNOT} (?:assist|help|comply) with (?:that|this)(?: request)?(?=[.!,;]|\s*$)|"
    rf"{_CANNOT} {_WRITES} (?:(?:with )?(?:this|that|your|such|any|explicit) (?:\w+ ){{0,3}}{_TEXTS}|content)\b"
    r".{0,30}|\bagainst (?:openai's|my) (?:content |usage |safety )?(?:guidelines|programming|content polic\w+)\b|"
    r"\bagainst openai's polic\w+|"
    r"\bviolates? (?:openai's|my) .{0,20}polic\w+|"
    r"<\|?/?(?:im_start|im_end|endoftext|think|thinking|system|assistant|eot_id)\|?>|\[/?INST\]|"
    r"\bals (?:ki|ai)-?(?:sprachmodell|taalmodel)\b|\bals (?:großes )?(?:sprachmodell|taalmodel)\b|"
    r"\bals (?:ki|ai)(?:-\w+)?,? (?:kann|habe|darf|bin|kan|heb|ben) (?:ich|ik)\b|"
    r"\ben tant qu'(?:une )?(?:ia|intelligence artificielle), je\b|"
    r"\bcomo (?:una? |uma? )?(?:ia|inteligencia artificial|inteligência artificial),|\bin quanto (?:ia|intelligenza "
    r"artificiale)\b|"
    r"\bmodèle de langage\b|\bmodelo de lengua(?:je|gem)\b|\bmodello linguistico\b",
    re.IGNORECASE | re.MULTILINE,
)
_OF_A_TEXT = r"(?:tone|length|wording|draft|style|formality|version|e-?mail|message|copy|text|(?:it|this) further)"
SPEAKS_PERHAPS = re.compile(
    r"\bI(?:'m| am) (?:just |only )?an? ai (?:assistant|model|chatbot)\b|"
    r"\b(?:let me know|feel free|would you like me|happy) .{0,60}\b(?:adjust|tweak|revise|refine|modify|shorten|"
    rf"lengthen|rewrite|customi[sz]e|personali[sz]e|changes to)\b.{{0,30}}\b{_OF_A_TEXT}\b|"
    r"\b(?:more formal|more casual|friendlier) (?:tone|version|wording)\b|\bdifferent (?:tone|wording)\b|"
    r"\b(?:shorter|longer|another|alternative) version of (?:this|the) (?:e-?mail|message|draft)\b|"
    r"\bthis (?:draft|version|rewrite) (?:works|helps|meets|captures)\b|"
    rf"{_CANNOT} (?:browse|access (?:the internet|real-?time|external|urls?|links?))\b.{{0,30}}|"
    r"\bI (?:do not|don't) have (?:access to|the ability to) (?:real-?time|brows|personal|the internet).{0,30}|"
    r"\b(?:replace|fill in) (?:all )?the(?: \w+)? (?:placeholders?|brackets|blanks)\b.{0,30}|"
    r"^\W{0,3}word count ?: ?\d+|"
    r"^\W{0,3}note: (?:I(?:'ve| have| kept)|the user|this (?:e-?mail|draft|version)|you (?:can|may|should)) .{0,30}",
    re.IGNORECASE | re.MULTILINE,
)

_HERE = (
    r"(?:here(?:'s| is| are)|below (?:is|are)|"
    r"i(?:'ve| have) (?:written|drafted|created|revised|rewritten|prepared|put together|crafted))"
)
_SURELY = (
    r"(?:sure(?: thing)?|certainly|of course|absolutely|definitely|great question|got it|understood|okay|ok|"
    r"happy to help|no problem)"
)
#: What a person may write of as well: only after a "Sure!" is it surely a model's.
_WORKS = (
    r"(?:draft|version|e-?mail|message|template|rewrite|revision|variation|option|follow-?up|response|reply|"
    r"subject line|copy|outreach)s?"
)
_DRAFTS = r"(?:draft|e-?mail|rewrite|revision|variation|(?:shorter|revised|polished|improved|updated) version)s?"
_FOR_YOU = (
    r"(?: (?:for|to|tailored|based|you (?:can|could|requested|asked)|"
    r"of (?:your|the) (?:e-?mail|message|text))\b.{0,60})?"
)
_ELSEWHERE_SURELY = (
    r"(?:natürlich|gerne?|klar|selbstverständlich|bien sûr|d'accord|avec plaisir|claro|por supuesto|certo|certamente|"
    r"natuurlijk|zeker|självklart)"
)
_ELSEWHERE_HERE = r"(?:hier (?:ist|sind|is)|voici|aquí (?:tienes|está)|ecco|aqui está|här är)"
_ELSEWHERE_DRAFTS = r"(?:e-?mail|mail|entwurf|fassung|brouillon|version|correo|borrador|bozza|rascunho|concept|utkast)"
BEGINS_SURE = re.compile(
    rf"{_SURELY}\b[!,.:; –—-]+{_HERE}\b.{{0,60}}\b{_WORKS}\b.{{0,40}}|"
    rf"{_SURELY}\b[!,.:; –—-]+{_HERE}\b.{{0,100}}:[ \t*]*$|(?:{_SURELY})! {_HERE}\s*$|"
    rf"{_HERE} (?:an?|the|your|my|one|two|three|some)\b.{{0,60}}\b{_DRAFTS}{_FOR_YOU}[ \t]*:[ \t*]*$|"
    rf"¡?{_ELSEWHERE_SURELY}\b[!,.:; –—-]+{_ELSEWHERE_HERE}\b.{{0,60}}|"
    rf"{_ELSEWHERE_HERE} .{{0,40}}{_ELSEWHERE_DRAFTS}\b.{{0,40}}:[ \t*]*$|"
    r"[*_#> ]*(?:subject(?: line)?|betreff|objet|asunto|oggetto)[*_]* ?:.{0,60}|"
    r"[*_#> ]*(?:(?:e-?mail )?body|e-?mail draft|assistant|chatgpt|chatgpt said)[*_]* ?:.{0,60}|```.{0,20}|"
    r"\{\s*\"(?:subject|body|email)\".{0,40}",
    re.IGNORECASE | re.MULTILINE,
)
BEGINS_PERHAPS = re.compile(
    rf"(?:{_SURELY}\b[!:]|{_HERE}\b.{{0,60}}\b(?:draft|version|rewrite|revision|message|template|reply)\b|"
    r"[*_#> ]*(?:draft|option [1A]|version [1A]|user|human|system|claude|gemini)[*_]* ?:|"
    r"(?:I'm|I am) (?:really |very )?sorry,? but I (?:can(?:no|')t|can not|am unable|am not able|'m unable)|"
    r"I apologi[sz]e,? but I (?:can(?:no|')t|can not|am unable)|unfortunately,? I (?:can(?:no|')t|am unable)).{0,60}",
    re.IGNORECASE,
)
