"""Campaigns: paused and resumed, who hears of it, and which one a person means."""
