"""Hits in bulk: as export text, and as journalctl prints them into a pipe."""
