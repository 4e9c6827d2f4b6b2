"""Journals that the tests of jhctl share with those of its output."""

from tests.output.conftest import shared_journal

__all__ = ["shared_journal"]
