"""The read side: what cards, pages, commands and digests show, as plain data. Nothing here writes."""
