"""Searches that notify: rules, what they find, who is told. docs/alerts.md."""
