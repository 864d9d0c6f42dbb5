"""The go-live check (CHECKLIST 004.12): each rule is proved against the live database, not ticked."""

from core.verify.run import RULES, Finding, Rule, verify

__all__ = ["RULES", "Finding", "Rule", "verify"]
