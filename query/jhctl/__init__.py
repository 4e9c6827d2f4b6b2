"""`jhctl`: journalctl's command line for a whole fleet. Runs on every desk, so it starts fast and imports little."""
