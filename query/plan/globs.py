"""Globs as journalctl means them, on values of fields."""

from journalhub.store.evaluate import glob_pattern


def glob_matches(pattern: str, value: bytes) -> bool:
    """Whether `value` matches `pattern`, by the rules of `ast.Glob`; a pattern without wildcards is the value."""
    return glob_pattern(pattern).fullmatch(value.decode("utf-8", "surrogateescape")) is not None
