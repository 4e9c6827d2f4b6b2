"""journalctl for the whole fleet."""

__version__ = "0.1.0"
