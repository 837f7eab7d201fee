"""Files and folders that only their owner can reach: made so, checked, and tightened where not.

Other users of the machine may plant folders, files and links wherever everybody may write, as in
/tmp. So nothing is followed, nothing is taken over from somebody else, and every way that leads
to a private place is looked at: who may rename one of its folders decides what lies behind it.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
OTHERS = 0o077
WRITABLE_BY_OTHERS = 0o022


class NotPrivate(RuntimeError):
    """Another user of the machine could read or change a place; the message says how."""


def folder(path: Path) -> list[str]:
    """Make a folder that only we can enter, or tighten the one that is there.

    Its own permissions are for the owner alone; no user but us and root may change its parents.

    Returns:
        What was tightened, to be said.

    Raises:
        NotPrivate: It is a link, no folder, somebody else's, or behind a folder of others.
    """
    done: list[str] = []
    if not os.path.lexists(path):
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        # Where somebody was quicker, theirs is looked at like one that was there.
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, FOLDER_MODE)
    descriptor = _opened_folder(path)
    try:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        if mode & OTHERS:
            os.fchmod(descriptor, mode & ~OTHERS)
            done.append(f"{path} was open to others ({mode:04o}), and is closed now")
    finally:
        os.close(descriptor)
    check_way(path)
    return done


def real(path: Path) -> Path:
    """Return where a link leads that we or root made; what is no link stays as it is.

    Raises:
        NotPrivate: Somebody else made it, and so chose where it leads.
    """
    if not path.is_symlink():
        return path
    owner = path.lstat().st_uid
    if owner not in (0, os.getuid()):
        raise NotPrivate(f"{path} is a link of user {owner}; remove it")
    check_way(path)
    return path.resolve()


def check(path: Path) -> None:
    """Look at a folder as it is now.

    Raises:
        NotPrivate: Others can enter or change it, or a folder on the way to it.
    """
    descriptor = _opened_folder(path)
    try:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)
    if mode & OTHERS:
        raise NotPrivate(f"{path} is open to others ({mode:04o})")
    check_way(path)


def check_way(path: Path) -> None:
    """Look at every folder above ``path``: whoever can write in one decides what lies below.

    Raises:
        NotPrivate: One belongs to neither us nor root, or everybody may write in it without
            its being sticky.
    """
    for parent in (path.parent.resolve(), *path.parent.resolve().parents):
        found = parent.lstat()
        if found.st_uid not in (0, os.getuid()):
            raise NotPrivate(f"{parent}, above {path.name}, belongs to user {found.st_uid}")
        # A group's right to write is left to whoever gave it: on many systems it is the user's
        # own group. In a sticky folder as /tmp others cannot rename what is ours.
        if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
            raise NotPrivate(
                f"everybody may write in {parent}, and so put another {path.name} in its place; "
                f"`chmod o-w {parent}`"
            )


def opened(path: Path, flags: int) -> int:
    """Open or make a file of ours, whatever others may have put there.

    Raises:
        NotPrivate: It is a link, no plain file, or somebody else's.
    """
    try:
        # O_NONBLOCK: a planted pipe would wait for its other end.
        descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, FILE_MODE)
    except OSError as error:
        raise NotPrivate(f"{path} cannot be used as a file of ours: {error.strerror}") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            raise NotPrivate(f"{path} is no file of ours alone; remove it")
        if found.st_uid != os.getuid():
            raise NotPrivate(f"{path} belongs to user {found.st_uid}; remove it")
        if found.st_mode & OTHERS:
            os.fchmod(descriptor, stat.S_IMODE(found.st_mode) & ~OTHERS)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def write(path: Path, text: str) -> None:
    """Write a small file anew; what lies at its place is replaced, never followed."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(beside, flags, FILE_MODE), "w") as file:
        file.write(text)
    beside.replace(path)


def tighten(root: Path) -> int:
    """Take from others what they may do with a file, or with a folder and all that is in it.

    Links are not followed, and what belongs to somebody else is left alone.

    Returns:
        How many files and folders were open.
    """
    return sum(_closed(path) for path in _all_below(root))


def _opened_folder(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        found = path.lstat() if os.path.lexists(path) else None
        if found is None or stat.S_ISDIR(found.st_mode):
            raise NotPrivate(f"{path} cannot be opened: {error.strerror}") from error
        what = "a link" if stat.S_ISLNK(found.st_mode) else "no folder"
        raise NotPrivate(f"{path} is {what}, made by user {found.st_uid}; remove it") from error
    owner = os.fstat(descriptor).st_uid
    if owner != os.getuid():
        os.close(descriptor)
        raise NotPrivate(f"{path} belongs to user {owner}; it must be removed by them or by root")
    return descriptor


def _all_below(root: Path) -> Iterator[Path]:
    yield root
    for folder, folders, files in os.walk(root):
        yield from (Path(folder, name) for name in (*folders, *files))


def _closed(path: Path) -> bool:
    try:
        # O_PATH needs no right to read, opens no device and follows no link.
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        found = os.fstat(descriptor)
        if stat.S_ISLNK(found.st_mode) or not found.st_mode & OTHERS:
            return False
        if found.st_uid != os.getuid():
            return False
        os.chmod(f"/proc/self/fd/{descriptor}", stat.S_IMODE(found.st_mode) & ~OTHERS)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
