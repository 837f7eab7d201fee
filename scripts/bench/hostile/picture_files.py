"""Every file of a folder, such as Pillow's `Tests/images`, through the decoding processes.

What Pillow opens in a format that is read, within the bounds, must be decoded; every other file
must be refused with a code; nothing may take longer than a second of a core (not of the clock:
decoders give way to whatever else runs). No service is started.
"""

import argparse
import asyncio
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from api.errors import DEFAULT_STATUS, STATUS_BY_CODE
from deployments.encoding.decode_pool import DecodePool
from retrieval.clip.errors import UnusableInput
from retrieval.clip.pictures.decode import FORMATS, PictureLimits
from retrieval.clip.pictures.geometry import Geometry
from retrieval.clip.pictures.recipe import PictureRecipe
from scripts.bench.support.service import report, row

LIMITS = PictureLimits()
RECIPE = PictureRecipe(LIMITS, Geometry(224, 224))
READ = {*FORMATS, "MPO"}
"""A JPEG that holds several pictures is Pillow's MPO."""
OK = 200
AT_MOST_S = 1.0


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What became of a file."""

    name: str
    status: int
    said: str
    cpu_s: float
    is_opened: bool
    """By Pillow, in a format that is read, within the bounds."""


def main() -> None:
    """Send every file and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    files = sorted(path for path in args.folder.rglob("*") if path.is_file())
    answers = asyncio.run(answered(files))
    report("hostile-files", table(answers), {"files": len(files)})


async def answered(files: Sequence[Path]) -> list[FileAnswer]:
    """Return what became of each file, one after the other."""
    pool = DecodePool(1)
    try:
        await pool.start()
        return [await _answer(pool, path.name, path.read_bytes()) for path in files]
    finally:
        pool.close()


async def _answer(pool: DecodePool, name: str, data: bytes) -> FileAnswer:
    status, said = OK, ""
    spent_s: list[float] = []
    try:
        prepared = await pool.prepare(RECIPE, data, "bench", spent_s.append)
        said = " ".join(note.code for note in prepared.notes)
    except UnusableInput as error:
        status, said = STATUS_BY_CODE.get(error.code, DEFAULT_STATUS), f"{error.code}: {error}"
    except Exception as error:
        status, said = 500, repr(error)
    return FileAnswer(name, status, said, sum(spent_s), opens(data))


def opens(data: bytes) -> bool:
    """Whether Pillow opens a file to its end, in a format that is read and within the bounds."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(BytesIO(data))
            picture.load()
    except Exception:
        return False
    in_bounds = picture.width * picture.height <= LIMITS.max_pixels
    return picture.format in READ and in_bounds and len(data) <= LIMITS.max_bytes


def table(answers: Sequence[FileAnswer]) -> list[dict[str, Any]]:
    """Return the rows of the table."""
    refused = [a for a in answers if a.is_opened and a.status != OK]
    more = [a for a in answers if not a.is_opened and a.status == OK]
    failed = [a for a in answers if a.status >= 500]
    slow = [a for a in answers if a.cpu_s > AT_MOST_S]
    opened = sum(answer.is_opened for answer in answers)
    longest = max(answers, key=lambda answer: answer.cpu_s)
    statuses = dict(sorted(Counter(answer.status for answer in answers).items()))
    return [
        row(
            f"of {opened} that Pillow opens, refused",
            len(refused),
            "0",
            not refused,
            _said(refused),
        ),
        row("decoded beyond those", len(more), "reported", None, _said(more)),
        row(f"of {len(answers)}, errors of ours", len(failed), "0", not failed, str(statuses)),
        row(
            f"longer than {AT_MOST_S:g} s of a core",
            len(slow),
            "0",
            not slow,
            f"longest {longest.cpu_s:.2f} s ({longest.name})",
        ),
    ]


def _said(answers: Sequence[FileAnswer]) -> str:
    return "; ".join(f"{answer.name} {answer.said}".strip() for answer in answers[:12])


if __name__ == "__main__":
    main()
