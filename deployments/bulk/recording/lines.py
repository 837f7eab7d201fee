"""Files of JSON lines that survive a kill: appended durably, replaced whole, read leniently."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


class CannotRecord(Exception):
    """What is done cannot be noted, as on a full disk; it is done again on the next run."""


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a file that are JSON objects; the last one may be torn by a kill."""
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n"):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


@contextlib.contextmanager
def recording(path: Path) -> Iterator[None]:
    """Say of what cannot be written what follows.

    Raises:
        CannotRecord: In place of any ``OSError`` inside.
    """
    try:
        yield
    except OSError as error:
        why = f"{path}: {error.strerror or error}"
        raise CannotRecord(f"{why}; what was not noted is done again by the next run") from error


def append_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Append; on return a kill no longer undoes it.

    Raises:
        CannotRecord: The disk is full, for instance; the file is as it was.
    """
    with recording(path), path.open("ab") as file:
        size = file.tell()
        try:
            file.write(_text(lines))
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            # Half a line would swallow the next one.
            with contextlib.suppress(OSError):
                os.truncate(path, size)
            raise


def replace_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Replace what a file holds, all or nothing.

    Raises:
        CannotRecord: The disk is full, for instance.
    """
    temporary = path.with_suffix(".new")
    with recording(path):
        with temporary.open("wb") as file:
            file.write(_text(lines))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def _text(lines: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()
