"""Open the data directory, and say clearly why not."""

import errno
import fcntl
import os
import threading
from pathlib import Path

from journalhub.journal.notify import Notifier
from journalhub.store.contract import Store, StoreError, StoreFull
from journalhub.store.embedded import layout, open_store

EXIT_IN_USE = 4
EXIT_VERSION = 5
EXIT_UNUSABLE = 6

START_SECONDS = 30.0
"""Asked for from the service manager while a large store opens, again and again."""


class CannotOpenError(Exception):
    """The data directory cannot be used; the message says why and what to do, `code` is the exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def open_for_us(directory: Path, notifier: Notifier) -> Store:
    """The store in a directory, made where there is none. Raises CannotOpenError."""
    _prepare(directory)
    opened = threading.Event()
    patience = threading.Thread(target=_ask_for_patience, args=(notifier, opened), name="start", daemon=True)
    patience.start()
    try:
        return open_store(directory)
    except StoreFull as error:
        raise CannotOpenError(str(error), EXIT_UNUSABLE) from error
    except StoreError as error:
        raise CannotOpenError(str(error), _code(directory)) from error
    except OSError as error:
        raise CannotOpenError(f"cannot open the data directory {directory}: {error}", EXIT_UNUSABLE) from error
    finally:
        opened.set()
        patience.join()


def _prepare(directory: Path) -> None:
    """Make the directory, for us alone: it holds the logs of everybody."""
    try:
        if not directory.exists():
            directory.mkdir(parents=True, mode=0o700)
        writable = os.access(directory, os.R_OK | os.W_OK | os.X_OK)
    except OSError as error:
        raise _unusable(directory, error) from error
    if not directory.is_dir():
        raise _unusable(directory, NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)))
    if not writable:
        raise _unusable(directory, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _unusable(directory: Path, error: OSError) -> CannotOpenError:
    message = f"cannot use the data directory {directory}: {error.strerror}; make it writable for this user, or give "
    return CannotOpenError(message + "another --data-dir", EXIT_UNUSABLE)


def _ask_for_patience(notifier: Notifier, opened: threading.Event) -> None:
    while not opened.wait(START_SECONDS / 3):
        notifier.extend_start(START_SECONDS)


def _code(directory: Path) -> int:
    """Which of the reasons it was, from what the directory itself shows."""
    if _is_locked(directory / layout.LOCK_FILE):
        return EXIT_IN_USE
    try:
        version = (directory / layout.VERSION_FILE).read_text(errors="replace").strip()
    except OSError:
        return EXIT_UNUSABLE
    return EXIT_UNUSABLE if version == str(layout.FORMAT_VERSION) else EXIT_VERSION


def _is_locked(file: Path) -> bool:
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
