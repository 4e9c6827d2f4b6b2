"""The web log search: sources, build, and the handlers that serve it."""
