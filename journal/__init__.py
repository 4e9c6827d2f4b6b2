"""The shared language: entries, cursors, export format, matches, time syntax, limits. Imports nothing of ours."""
