"""Folders and files wherever they are: a path, an object storage address, whatever fsspec knows."""

from pathlib import Path
from posixpath import join

import pyarrow as pa
from pyarrow import fs


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
    found = system.get_file_info(fs.FileSelector(folder, recursive=True))
    return sorted((info for info in found if info.is_file), key=lambda info: info.path)


def read_bytes(system: fs.FileSystem, path: str) -> bytes:
    """Return a file's content."""
    with system.open_input_stream(path) as stream:
        return stream.read()


def beside(path: str, name: str) -> str:
    """Return the path of ``name`` seen from the folder of ``path``."""
    return name if name.startswith("/") else join(path.rpartition("/")[0], name)
