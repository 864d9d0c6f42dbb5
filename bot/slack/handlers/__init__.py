"""What people click, submit and open in Slack, one file for each act or place."""
