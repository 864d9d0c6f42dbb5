"""The text of a message as simple HTML: the same words, spaces and lines, links that can be clicked, nothing else."""

import html
import re

URL = re.compile(r"https?://[^\s<>\"'`\x00-\x1f]+", re.IGNORECASE)
TRAILING = ".,;:!?…)]}*_~"  # punctuation that ends a sentence rather than a link
PARAGRAPH = '<p dir="auto" style="white-space: pre-wrap; margin: 0 0 1em">'


def html_from_text(text: str) -> str:
    """A whole HTML document. Each blank line starts a paragraph, each newline is a `<br>`, http(s) addresses are links
    whose visible text is their target. `text` has its line ends as newlines."""
    paragraphs = "\n".join(f"{PARAGRAPH}{_lines(paragraph)}</p>" for paragraph in text.split("\n\n"))
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{paragraphs}\n</body></html>\n'


def _lines(paragraph: str) -> str:
    return "<br>".join(_linked(line) for line in paragraph.split("\n"))


def _linked(line: str) -> str:
    """One line, escaped, with its links."""
    written, end = "", 0
    for match in URL.finditer(line):
        address = _without_punctuation(match[0])
        if not re.match(r"https?://.", address, re.IGNORECASE):
            continue
        target = html.escape(address)
        written += html.escape(line[end : match.start()]) + f'<a href="{target}">{target}</a>'
        end = match.start() + len(address)
    return written + html.escape(line[end:])


def _without_punctuation(address: str) -> str:
    """Cut what belongs to the sentence; a closing bracket stays when its opening one is inside the address."""
    end, unopened = len(address), address.count(")") - address.count("(")
    while end and address[end - 1] in TRAILING:
        if address[end - 1] == ")":
            if unopened <= 0:
                break
            unopened -= 1
        end -= 1
    return address[:end]
