"""A folder of files as a source: pictures, texts and documents, told by their content."""

import asyncio
import hashlib
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pyarrow import fs

from deployments.bulk.sources.folder_listing import FolderListing, list_folder
from deployments.bulk.sources.items import Item, Note, Skipped, checked, id_of
from deployments.bulk.sources.shards import Shard
from deployments.extraction.file_reader import FileReader
from deployments.filesystem import open_place, read_bytes, stamp_of
from retrieval.documents import Json
from retrieval.extraction.errors import UnreadableFile
from retrieval.extraction.kinds import is_document


class FolderFiles:
    """Every file below a folder, on this machine or on object storage.

    Args:
        address: Of the folder.
        created_at: Of the documents, so that a run that is resumed writes the same ones.
        id_word: Ids follow from it and the path below the folder, so that two folders may share
            a namespace.
    """

    def __init__(self, address: str, created_at: datetime, id_word: str = "") -> None:
        self._system, self._folder = open_place(address)
        self._is_local = isinstance(self._system, fs.LocalFileSystem)
        self.created_at = created_at
        self._id_word = id_word
        self.listing: FolderListing = list_folder(self._system, self._folder)
        self.files: Sequence[str] = self.listing.files
        """Of the listing, those that are read."""

    def shards(self, shard_items: int) -> list[Shard]:
        """Cut the sorted list of files."""
        files = self.files
        groups = [tuple(files[at : at + shard_items]) for at in range(0, len(files), shard_items)]
        return [Shard(number, group, len(group)) for number, group in enumerate(groups)]

    @property
    def stamp(self) -> str:
        """See ``Source``."""
        return stamp_of(self._system, self.files)

    def read(self, shard: Shard) -> Iterator[Item | Skipped]:
        """Read the files one by one."""
        reader = FileReader()
        for path in shard.files:
            try:
                data = self._bytes(path)
            except (OSError, ValueError) as error:
                yield Skipped(path, "unreadable", str(error))
                continue
            try:
                yield checked(self._item(reader, path, data))
            except UnreadableFile as error:
                yield Skipped(path, error.code, error.message)

    def holds(self, path: str) -> bool:
        """Say whether a path lies in the folder, whether or not there is a file."""
        return path.startswith(f"{self._folder.rstrip('/')}/")

    def id_of_file(self, path: str) -> str:
        """Return the id of a file's document."""
        return id_of(self._id_word + self._name(path))

    def digest_of_file(self, path: str) -> str:
        """Return what tells a file's content from another; empty where it cannot be read."""
        try:
            return hashlib.blake2b(self._bytes(path), digest_size=16).hexdigest()
        except (OSError, ValueError):
            return ""

    def _bytes(self, path: str) -> bytes:
        # Since it was listed, a link may have been put in its place.
        if self._is_local and not Path(path).resolve().is_relative_to(self._folder):
            raise OSError(f"{path!r} is a link out of the folder now")
        return read_bytes(self._system, path)

    def _name(self, path: str) -> str:
        # Below the folder: the same files in another place keep their ids.
        return path[len(self._folder.rstrip("/")) + 1 :]

    def _item(self, reader: FileReader, path: str, data: bytes) -> Item:
        metadata: dict[str, Json] = {"path": self._name(path)}
        item = Item(path, self.id_of_file(path), None, data, metadata, self.created_at)
        called = mimetypes.guess_type(path)[0] or ""
        if not is_document(data, called.startswith("image/")):
            return item
        # In the thread that reads the shard, which has no loop of its own.
        read = asyncio.run(reader.read(data, path))
        notes = tuple(Note(path, each.code, each.message) for each in read.warnings)
        return replace(item, text=read.text, picture=None, sections=read.sections, notes=notes)
