"""Block Kit, pure: plain data in, payloads out, within Slack's limits."""
