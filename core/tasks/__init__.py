"""Tasks: steps that a person does on LinkedIn, held by the same gates, limits and history as any mail (004.15)."""
