"""Characters that change what a reader sees without being seen: shown by name, so that nobody approves them unread."""

import unicodedata

from markupsafe import Markup, escape

from core.text.clean import UNSEEN


def with_unseen(text: str) -> Markup:
    """The text, escaped for HTML, with each unseen character replaced by a visible mark that says its name."""
    parts: list[Markup] = []
    end = 0
    for found in UNSEEN.finditer(text):
        parts += [escape(text[end : found.start()]), _mark(found[0])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _mark(run: str) -> Markup:
    code = f"U+{ord(run[0]):04X}"
    name = unicodedata.name(run[0], "control character").lower()
    more = f" ×{len(run)}" if len(run) > 1 else ""
    return Markup('<span class="unseen" title="{}">{}{}</span>').format(name, code, more)
