"""A folder of pictures as a source: one document for each file, its path as metadata."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from deployments.bulk.sources.items import Item, Skipped, checked, id_of
from deployments.bulk.sources.shards import Shard
from deployments.filesystem import files_below, open_place, read_bytes, stamp_of

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
        files = self._files()
        groups = [tuple(files[at : at + shard_items]) for at in range(0, len(files), shard_items)]
        return [Shard(number, group, len(group)) for number, group in enumerate(groups)]

    @property
    def stamp(self) -> str:
        """See ``Source``."""
        return stamp_of(self._system, self._files())

    def read(self, shard: Shard) -> Iterator[Item | Skipped]:
        """Read the files one by one."""
        for path in shard.files:
            try:
                picture = read_bytes(self._system, path)
            except (OSError, ValueError) as error:
                yield Skipped(path, "unreadable", str(error))
                continue
            yield checked(self._item(path, picture))

    def _files(self) -> list[str]:
        below = files_below(self._system, self._folder)
        return [info.path for info in below if info.path.lower().endswith(ENDINGS)]

    def _item(self, path: str, picture: bytes) -> Item:
        # Below the folder: the same pictures in another place keep their ids.
        name = path[len(self._folder.rstrip("/")) + 1 :]
        return Item(path, id_of(name), None, picture, {"path": name}, self._created_at)


def endings_of(paths: list[str]) -> Mapping[str, int]:
    """Return how many files have which ending, the most frequent first."""
    names = [path.rpartition("/")[2] for path in paths]
    endings = (f".{name.rpartition('.')[2].lower()}" if "." in name else "none" for name in names)
    return dict(Counter(endings).most_common())
