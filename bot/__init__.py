"""Where people touch Signoff: Slack, the pages, the HTTP API, the `signoff` command, and the sandbox."""
