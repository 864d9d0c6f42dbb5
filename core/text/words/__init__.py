"""The words for states, events, refusals and reasons: one place for all surfaces, which format them and never re-word.

Pure data, keyed by `core/taxonomy.py`. It lies below drafts and delivery, because their refusals are raised in these
words, and what became of a try is written down in them. In a sentence `*…*` is what is to be strong: Slack's own mark,
`<strong>` on a page, nothing in plain text; a name in braces stands for what a view knows.
"""
