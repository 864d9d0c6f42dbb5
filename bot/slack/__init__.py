"""What Slack sends us: clicks, modals and commands. Each is verified, recorded, and then acked (P6)."""
