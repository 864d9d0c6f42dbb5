"""What Signoff is about: nouns, verbs, rules and transports. Knows no Slack library, no web framework and no queue."""
