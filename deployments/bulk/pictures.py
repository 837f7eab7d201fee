"""A folder of pictures as a source: one document for each file, its path as metadata."""

from collections.abc import Iterator
from datetime import datetime

from deployments.bulk.items import Failure, Item, checked, id_of
from deployments.bulk.places import files_below, open_place, read_bytes
from deployments.bulk.shards import Shard

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")


class PictureFolder:
    """Every picture below a folder, on this machine or on object storage.

    Args:
        address: Of the folder.
        created_at: Of the documents, so that a run that is resumed writes the same ones.
    """

    def __init__(self, address: str, created_at: datetime) -> None:
        self._system, self._folder = open_place(address)
        self._created_at = created_at

    def shards(self, shard_items: int) -> list[Shard]:
        """Cut the sorted list of files."""
        files = [
            info.path
            for info in files_below(self._system, self._folder)
            if info.path.lower().endswith(ENDINGS)
        ]
        groups = [tuple(files[at : at + shard_items]) for at in range(0, len(files), shard_items)]
        return [Shard(number, group, len(group)) for number, group in enumerate(groups)]

    def read(self, shard: Shard) -> Iterator[Item | Failure]:
        """Read the files one by one."""
        for path in shard.files:
            try:
                picture = read_bytes(self._system, path)
            except OSError as error:
                yield Failure(path, "unreadable", str(error))
                continue
            yield checked(self._item(path, picture))

    def _item(self, path: str, picture: bytes) -> Item:
        # Below the folder: the same pictures in another place keep their ids.
        name = path[len(self._folder.rstrip("/")) + 1 :]
        return Item(path, id_of(name), None, picture, {"path": name}, self._created_at)
