"""Every test over a store runs over the oracle store and over the embedded one."""

from tests.query.conftest import store

__all__ = ["store"]
