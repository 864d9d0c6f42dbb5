"""What comes in from outside, as files and HTTP: drafts, tasks, history, and what came back of a mail."""
