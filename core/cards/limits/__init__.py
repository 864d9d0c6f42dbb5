"""Slack's limits on Block Kit, as tables, and the linter that holds every payload against them."""
