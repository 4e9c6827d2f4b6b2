"""How long the indexer waits between two commits while many entries arrive."""

import pytest

from journalhub.store.embedded.indexer import pause_of_many
from journalhub.store.embedded.layout import LAG_SECONDS, REFRESH_SECONDS


@pytest.mark.parametrize(("took", "merged"), [(0.0, 0.0), (0.05, 0.1), (0.1, 0.1), (0.17, 0.0)])
def test_an_entry_that_just_missed_a_commit_is_found_in_time(took: float, merged: float) -> None:
    """It waits for the commit that it missed, for the merges after that, for the pause and for the next commit."""
    spent = took + merged
    assert spent + pause_of_many(took, spent) + took == pytest.approx(LAG_SECONDS)


def test_commits_that_take_long_do_not_follow_each_other() -> None:
    """A machine that is busy is not made busier."""
    assert pause_of_many(3.0, 4.0) == REFRESH_SECONDS
