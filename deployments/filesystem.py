"""Folders and files wherever they are: a path, an object storage address, whatever fsspec knows."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from posixpath import join

import pyarrow as pa
from pyarrow import fs

MAX_FILE_BYTES = 256 << 20
"""Of a file that is read as a whole, such as a picture."""


def open_place(address: str) -> tuple[fs.FileSystem, str]:
    """Return a file system and the path within it.

    Args:
        address: A path, or `scheme://…`. Credentials come from the usual variables of the
            scheme (`AWS_ACCESS_KEY_ID` and so on) or from the address itself, such as
            `s3://bucket/folder?endpoint_override=…&scheme=http`.
    """
    if "://" not in address:
        return fs.LocalFileSystem(), str(Path(address).resolve())
    try:
        return fs.FileSystem.from_uri(address)
    except pa.ArrowInvalid:
        # A scheme Arrow does not know; fsspec has many more, each with a package of its own.
        import fsspec

        system, path = fsspec.url_to_fs(address)
        return fs.PyFileSystem(fs.FSSpecHandler(system)), path


def files_below(system: fs.FileSystem, folder: str) -> list[fs.FileInfo]:
    """Return every file below a folder in the order of their paths, on every run the same."""
    if isinstance(system, fs.LocalFileSystem):
        found = system.get_file_info(list(_walk(folder)))
    else:
        found = system.get_file_info(fs.FileSelector(folder, recursive=True))
    return sorted((info for info in found if info.is_file), key=lambda info: info.path)


def _walk(folder: str) -> Iterator[str]:
    """Yield paths below a folder, each folder once: a link back up would lead round for ever."""
    seen: set[tuple[int, int]] = set()
    for place, folders, files in os.walk(folder, followlinks=True, onerror=_raise):
        folders.sort()
        status = os.stat(place)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        for file in files:
            yield f"{place}/{file}"


def _raise(error: OSError) -> None:
    raise error


def read_bytes(system: fs.FileSystem, path: str) -> bytes:
    """Return a file's content as it is, compressed or not.

    Raises:
        OSError: It is no file, cannot be read, or is too large to be a picture.
        ValueError: The path is none.
    """
    info = system.get_file_info(path)
    if info.type == fs.FileType.NotFound:
        raise FileNotFoundError(f"there is no file {path!r}")
    if not info.is_file:
        raise OSError(f"{path!r} is no file")
    if (info.size or 0) > MAX_FILE_BYTES:
        raise OSError(f"{path!r} takes {info.size} bytes, at most {MAX_FILE_BYTES}")
    with system.open_input_stream(path, compression=None) as stream:
        return stream.read()


def sibling_path(path: str, name: str) -> str:
    """Return the path of ``name`` seen from the folder of ``path``."""
    return name if name.startswith("/") else join(path.rpartition("/")[0], name)


def stamp_of(system: fs.FileSystem, paths: Sequence[str]) -> str:
    """Return a digest of names, sizes and times; empty for this machine's files.

    Those are read again where it matters, as are files without a time. On object storage a file
    that is replaced has a new one.
    """
    found = [] if isinstance(system, fs.LocalFileSystem) else system.get_file_info(list(paths))
    if not found or any(info.mtime_ns is None for info in found):
        return ""
    digest = hashlib.blake2b(digest_size=16)
    for info in found:
        digest.update(f"{info.path} {info.size} {info.mtime_ns}\n".encode())
    return digest.hexdigest()
