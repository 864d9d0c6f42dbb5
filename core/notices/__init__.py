"""What people are told unasked: alarms, the digest, reminders, escalations."""
