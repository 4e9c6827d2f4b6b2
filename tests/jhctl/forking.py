"""jhctl many times over: a process that has everything imported is forked for each run, which saves the cold start."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.jhctl.hub import TIMEOUT, environment

_PARENT = """
import json, os, select, sys, time
import journalhub.query.jhctl.__main__ as program
from journalhub.query.jhctl import around, boots, explain, fleet, hints, marks, show, stream, tables, times
from journalhub.query.output import cat, exported, jsonlines, short, verbose
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        for number in (1, 2):
            os.dup2(os.open(f"{asked['into']}/{number}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.environ.clear()
        os.environ.update(asked["env"])
        sys.argv = ["jhctl", *(word.encode("latin-1").decode("utf-8", "surrogateescape") for word in asked["words"])]
        status = 70
        try:
            status = program.main()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Forking:
    """A context manager: `run` is `jhctl` as a process of its own, without the time that Python takes to start.

    One run at a time; take several for several at once.
    """

    def __init__(self) -> None:
        self._files = tempfile.TemporaryDirectory()
        self._parent: subprocess.Popen[str] | None = None

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run jhctl with these words, its output into files."""
        parent = self._parent
        assert parent is not None and parent.stdin is not None and parent.stdout is not None
        asked = {
            "words": [os.fsencode(word).decode("latin-1") for word in words],
            "env": environment(**(env or {})),
            "into": self._files.name,
        }
        parent.stdin.write(json.dumps(asked) + "\n")
        parent.stdin.flush()
        status = int(parent.stdout.readline())
        out, err = ((Path(self._files.name) / str(number)).read_bytes() for number in (1, 2))
        return subprocess.CompletedProcess(list(words), status, out, err)

    def __enter__(self) -> Self:
        self._parent = subprocess.Popen(
            [sys.executable, "-c", _PARENT], env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._parent is not None and self._parent.stdin is not None and self._parent.stdout is not None
        self._parent.stdin.close()
        self._parent.wait(TIMEOUT)
        self._parent.stdout.close()
        self._files.cleanup()
