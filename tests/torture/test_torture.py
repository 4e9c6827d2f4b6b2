"""The torture run of the gate: short, and always the same choices."""

import pytest
from tests.lab.journald import why_not
from tests.torture.run import torture

MINUTES = 2.0
SEED = 2


@pytest.mark.skipif(why_not() is not None, reason=f"needs a private journald: {why_not()}")
def test_the_account_is_balanced() -> None:
    """Whatever is killed, cut, filled, deleted or set back: stored once + told missing = written."""
    outcome = torture(MINUTES, SEED)
    print(outcome.report())

    assert outcome.wrong == [], outcome.report()
    assert outcome.written == outcome.stored + outcome.told
    assert outcome.written > 10_000
