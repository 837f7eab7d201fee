"""Kill a process at each of its writes in turn, every time on a fresh copy of the same folder.

    python -m tests.killing PRISTINE COPIES module:function

calls ``function(folder)`` in a child for the copies 1, 2, …; the child kills itself just before
its first, second, … write to that folder. The last copy is of a child that came to its end. Writes
are LanceDB's commits, SQLite's statements, and files that are opened to write, renamed or removed.
"""

import importlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lancedb import AsyncConnection
from lancedb.table import AsyncTable

ROOT = Path(__file__).parents[1]
COMMITS = {
    AsyncConnection: ("create_table", "drop_table", "rename_table"),
    AsyncTable: (
        "_do_merge",
        "add",
        "add_columns",
        "alter_columns",
        "create_index",
        "delete",
        "drop_columns",
        "drop_index",
        "optimize",
        "restore",
        "update",
        "update_field_metadata",
    ),
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
RENAMING = ("os.rename", "os.remove", "os.rmdir", "os.link", "os.mkdir")
READING = ("SELECT", "PRAGMA", "BEGIN", "ROLLBACK")


def killed_copies(pristine: Path, copies: Path, what: str) -> Iterator[Path]:
    """Yield the copy of each child, killed ones first; the last one was not killed.

    Args:
        what: ``module:function``, importable from the project's folder.
    """
    copies.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.killing", str(pristine), str(copies), what]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    for number in range(1, int(done.stdout.split()[-1]) + 1):
        yield copies / str(number)


class _Countdown:
    def __init__(self, folder: Path, writes: int) -> None:
        self._folder, self._left = str(folder), writes

    def write(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            writes = bool(flags & WRITING)
        else:
            path, writes = arguments[0] if arguments else None, event in RENAMING
        if writes and isinstance(path, str | os.PathLike) and self._holds(os.fspath(path)):
            self.write()

    def _holds(self, path: str | bytes) -> bool:
        return os.fsdecode(path).startswith(self._folder)


def _install(countdown: _Countdown) -> None:
    for kind, names in COMMITS.items():
        for name in names:
            setattr(kind, name, _counted(getattr(kind, name), countdown))
    connect = sqlite3.connect

    class Counting(sqlite3.Connection):
        def _said(self, statement: str) -> None:
            if not statement.lstrip().upper().startswith(READING):
                countdown.write()

        def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
            self._said(sql)
            return super().execute(sql, *more)

        def executemany(self, sql: str, *more: Any) -> sqlite3.Cursor:
            self._said(sql)
            return super().executemany(sql, *more)

        def executescript(self, sql: str, /) -> sqlite3.Cursor:
            self._said(sql)
            return super().executescript(sql)

    def counting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return connect(*arguments, **{"factory": Counting, **options})

    sqlite3.connect = counting
    sys.addaudithook(countdown.audit)


def _counted(commit: Callable[..., Any], countdown: _Countdown) -> Callable[..., Any]:
    def counted(*arguments: Any, **options: Any) -> Any:
        countdown.write()
        return commit(*arguments, **options)

    return counted


def _child(act: Callable[[Path], None], folder: Path, writes: int) -> int:
    """Return how a child ended: 0, or the negative of what killed it."""
    with warnings.catch_warnings():
        # LanceDB is imported and has done nothing yet: there is no state to be torn.
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        code = 1
        try:
            _install(_Countdown(folder, writes))
            act(folder)
            code = 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Make copies until a child comes to its end; print how many there are."""
    pristine, copies, what = sys.argv[1:]
    module, _, name = what.partition(":")
    act = getattr(importlib.import_module(module), name)
    number = 0
    while True:
        number += 1
        folder = Path(copies) / str(number)
        shutil.copytree(pristine, folder)
        ended = _child(act, folder, number)
        if ended == 0:
            break
        if ended != -signal.SIGKILL:
            sys.exit(f"child {number} ended with {ended}")
    print(number)


if __name__ == "__main__":
    main()
