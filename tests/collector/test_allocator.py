"""The limits of the C library's allocator, seen in what it says of itself."""

import re
import subprocess
import sys

import pytest

from journalhub.collector.allocator import ARENAS

ALLOCATE = """
import ctypes, sys, threading
if sys.argv[1] == "bound":
    from journalhub.collector.allocator import bound_memory
    assert bound_memory()
libc = ctypes.CDLL(None)
libc.fdopen.restype = libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(8)

def work():
    together.wait()
    kept = [libc.malloc(1000) for _ in range(100)]
    together.wait()  # an arena is another thread's as soon as its own ends

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
assert libc.malloc_info(0, out) == 0
libc.fflush(out)
"""


@pytest.mark.parametrize(("how", "bounded"), [("bound", True), ("free", False)])
def test_arenas(how: str, bounded: bool) -> None:
    """Many threads share few arenas; without the limit each has one."""
    done = subprocess.run([sys.executable, "-c", ALLOCATE, how], capture_output=True, text=True, check=True)
    arenas = len(re.findall(r"<heap nr=", done.stdout))
    assert (0 < arenas <= ARENAS) is bounded
