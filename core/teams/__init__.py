"""Slack teams: where the app is installed, its tokens, and what is known of its members."""
