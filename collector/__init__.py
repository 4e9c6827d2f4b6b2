"""Receives entries by both protocols into one ingest path, and keeps the ledger of nodes."""
