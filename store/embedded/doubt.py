"""What is left to be asked of an entry between the bounds of a query: the parts that the index cannot decide."""

from collections.abc import Mapping

from journalhub.store import ast


def undecided(query: ast.Query, exact: Mapping[ast.Query, bool]) -> ast.Query:
    """A query that agrees with `query` on all entries above its lower and within its upper bound.

    `exact` tells of every part whether its bounds are one.
    """
    return _rest(query, exact, True, True)


def _rest(query: ast.Query, exact: Mapping[ast.Query, bool], above_lower: bool, within_upper: bool) -> ast.Query:
    """The same, where it is known of the entries that they are not within the lower, or are within the upper bound."""
    match query:
        case ast.Not(part):
            # The lower bound of a negation is what the upper one of its part leaves.
            return ast.Not(_rest(part, exact, within_upper, above_lower))
        case ast.Or(parts):
            # What is decided lies within the lower bound, so it does not match.
            kept = [part for part in parts if not (above_lower and exact[part])]
            only = within_upper and len(kept) == 1
            return _one(ast.Or(tuple(_rest(part, exact, above_lower, only) for part in kept)))
        case ast.And(parts):
            # What is decided holds the upper bound, so it matches.
            kept = [part for part in parts if not (within_upper and exact[part])]
            only = above_lower and len(kept) == 1
            return _one(ast.And(tuple(_rest(part, exact, only, within_upper) for part in kept)))
        case _:
            return query


def _one(query: ast.Or | ast.And) -> ast.Query:
    return query.parts[0] if len(query.parts) == 1 else query
