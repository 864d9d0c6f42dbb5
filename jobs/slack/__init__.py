"""The Slack Web API as jobs call it: one client, its tokens, and its budget."""
