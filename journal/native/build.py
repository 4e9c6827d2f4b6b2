"""Builds `journal/_codec.abi3.so`: in a checkout by `python journal/native/build.py`, in a wheel by hatch_build.py.

One call of the C compiler, against Python's stable ABI: the result serves every CPython from 3.11 on. It is fresh when
it carries the hash of the sources beside this file; contents are compared, never times.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "_codec.abi3.so"
TAG = f"cp311-abi3-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
"""Of a wheel that holds it."""

FLAGS = (
    "-std=c11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fstack-protector-strong",
    "-D_FORTIFY_SOURCE=2",
    "-fvisibility=hidden",
    "-fPIC",
    "-shared",
)


class CannotCompile(RuntimeError):
    """The codec cannot be built here; the message says why. The reference in Python does the same, slower."""


def fingerprint() -> str:
    """What the codec is made from, as one hash."""
    digest = hashlib.sha256(sysconfig.get_platform().encode())
    for path in sorted((*HERE.glob("*.[ch]"), HERE / "build.py")):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def is_fresh() -> bool:
    """Whether the codec is there and was built from exactly these sources."""
    return TARGET.is_file() and fingerprint().encode() in TARGET.read_bytes()


def build(*, force: bool = False, extra: tuple[str, ...] = ()) -> bool:
    """Build the codec unless it is fresh; whether it did. Raises CannotCompile.

    `extra` are more options for the compiler.
    """
    if is_fresh() and not force:
        return False
    compiler = _compiler()
    include = Path(sysconfig.get_path("include"))
    if not (include / "Python.h").is_file():
        raise CannotCompile(f"there is no {include / 'Python.h'}; Debian: apt-get install python3-dev")
    sources = sorted(path.name for path in HERE.glob("*.c"))
    with tempfile.TemporaryDirectory(prefix=".codec-", dir=TARGET.parent) as directory:
        made = Path(directory) / TARGET.name
        command = [*compiler, *FLAGS, f'-DCODEC_FINGERPRINT="{fingerprint()}"', f"-I{include}", *extra]
        done = subprocess.run([*command, "-o", str(made), *sources, "-ldl"], cwd=HERE, capture_output=True, text=True)
        if done.returncode != 0:
            raise CannotCompile(f"{compiler[0]} ended with {done.returncode}: {done.stderr[-4000:]}")
        os.replace(made, TARGET)  # who has the old one loaded keeps it
    return True


def _compiler() -> list[str]:
    named = os.environ.get("CC", "").split()
    for command in (named, ["cc"], ["gcc"], ["clang"]):
        if command and shutil.which(command[0]):
            return command
    raise CannotCompile("there is no C compiler; Debian: apt-get install gcc")


def main() -> int:
    """Build it when it is stale, or in any case with `--force`; further arguments are the compiler's."""
    force, extra = "--force" in sys.argv[1:], tuple(word for word in sys.argv[1:] if word != "--force")
    try:
        built = build(force=force, extra=extra)
    except CannotCompile as error:
        print(f"cannot build the compiled codec: {error}", file=sys.stderr)
        return 1
    print(f"{TARGET.name}: {'built' if built else 'up to date'}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
