"""The search language: what people type into a search, as a query that a store answers.

The grammar is docs/search-language.md. `parse` is pure; `QueryError` is raised only for what cannot be read at all.
"""

from journalhub.query.language.reading import Parsed, QueryError, parse

__all__ = ["Parsed", "QueryError", "parse"]
