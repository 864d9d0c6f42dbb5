"""Characters that change what a reader sees without being seen, so that nobody approves them unread."""

import re

#: Direction overrides, embeddings and isolates (Unicode UAX #9); zero-width and soft-hyphen characters; control
#: characters of C1; line and paragraph separators; tags. Joiners and direction marks stay: Persian, Hebrew and emoji
#: need them, and they hide nothing.
UNSEEN = re.compile(
    "[\u00ad\u180e\u200b\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\x00-\x08\x0b-\x1f\x7f-\x9f]"
    "|(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
)


def count_unseen(*texts: str) -> int:
    """How many there are: a run of tags counts as one."""
    return sum(len(UNSEEN.findall(text)) for text in texts)
