"""Socket Mode: Slack's payloads through a WebSocket of ours, for a team without a public URL."""
