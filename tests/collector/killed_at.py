"""`python -m tests.collector.killed_at STEP N COMMAND…`: runs `journalhub COMMAND…`, killed at the Nth of a step."""

import os
import signal
import sys

from journalhub.__main__ import main
from journalhub.journal import steps


def run() -> int:
    """Run it; does not return when the step is reached so often."""
    step, left = sys.argv[1], int(sys.argv[2])

    def kill(reached: str) -> None:
        nonlocal left
        left -= reached == step
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    steps.on_step = kill
    sys.argv[1:3] = []
    return main()


if __name__ == "__main__":
    sys.exit(run())
