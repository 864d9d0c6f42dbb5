"""What Slack shows now, kept true: which rows are behind, who draws them, and what was drawn (P9)."""
