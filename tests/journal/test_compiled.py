"""The compiled codec: built in a checkout, left out where that is asked, and told by the programs."""

import os
import subprocess
import sys

from tests.lab.codec import compiled_codec

from journalhub.journal import compiled
from journalhub.journal.native import build

DESCRIBE = "from journalhub.journal import compiled; print(compiled.describe())"


def test_a_checkout_runs_the_codec_of_its_sources() -> None:
    """The codec that is loaded was built from the sources that are there; `./dev setup` sees to that."""
    assert build.is_fresh(), "run ./dev setup, which compiles the codec"
    assert compiled_codec().FINGERPRINT == build.fingerprint()


def test_the_reference_can_be_chosen() -> None:
    """One variable of the environment leaves the compiled codec out."""
    environment = {name: value for name, value in os.environ.items() if name != compiled.PURE}
    command = [sys.executable, "-P", "-c", DESCRIBE]
    said = [
        subprocess.run(command, env={**environment, **more}, capture_output=True, text=True, check=True).stdout
        for more in ({}, {compiled.PURE: "1"})
    ]

    assert ["compiled codec\n", "codec in Python\n"] == said


def test_one_that_was_built_before_something_was_added_is_left_out() -> None:
    """As in a checkout that was updated and not built since: slower, but nothing fails."""
    old = "import sys, types; sys.modules['journalhub.journal._codec'] = old = types.ModuleType('_codec'); "
    old += "old.FINGERPRINT = '0'; old.pack = old.pack_series = None; "
    said = subprocess.run(
        [sys.executable, "-P", "-c", old + DESCRIBE], capture_output=True, text=True, check=True
    ).stdout

    assert "codec in Python\n" == said
