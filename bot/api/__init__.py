"""The HTTP API: drafts and tasks come in, and what came back of a mail."""
