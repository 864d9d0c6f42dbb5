"""Characters that change what a reader sees without being seen: shown by name, so that nobody approves them unread."""

import re
import unicodedata

from markupsafe import Markup, escape

#: Direction overrides, embeddings and isolates (Unicode UAX #9); zero-width and soft-hyphen characters; control
#: characters of C1; line and paragraph separators; tags. Joiners and direction marks stay: Persian, Hebrew and emoji
#: need them, and they hide nothing.
_UNSEEN = re.compile(
    "[\u00ad\u180e\u200b\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\x00-\x08\x0b-\x1f\x7f-\x9f]"
    "|(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
)


def with_unseen(text: str) -> Markup:
    """The text, escaped for HTML, with each unseen character replaced by a visible mark that says its name."""
    parts: list[Markup] = []
    end = 0
    for found in _UNSEEN.finditer(text):
        parts += [escape(text[end : found.start()]), _mark(found[0])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _mark(run: str) -> Markup:
    code = f"U+{ord(run[0]):04X}"
    name = unicodedata.name(run[0], "control character").lower()
    more = f" ×{len(run)}" if len(run) > 1 else ""
    return Markup('<span class="unseen" title="{}">{}{}</span>').format(name, code, more)
