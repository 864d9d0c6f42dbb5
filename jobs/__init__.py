"""What happens later: the Dramatiq broker, one file per job, the clock, and the Slack Web client."""
