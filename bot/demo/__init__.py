"""The demo campaign of the sandbox: `workspace.toml` and `drafts.jsonl` are what a person would write themselves."""
