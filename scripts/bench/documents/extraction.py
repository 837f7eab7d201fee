"""Files of many producers: page and heading of known words; and hostile ones: refused, how soon.

Programs (Chromium, LibreOffice, pandoc, Ghostscript, qpdf) are used where they are installed, and
Python libraries where `--python` names an interpreter that has them. `--folder` keeps the files.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from deployments.extraction.file_reader import FileReader
from retrieval.extraction.errors import UnreadableFile
from retrieval.extraction.extracted import Extracted
from retrieval.passages.sections import section_at
from scripts.bench.documents import by_library
from scripts.bench.documents.hostile import hostile_documents
from scripts.bench.documents.producers import MadeFile, by_libraries, by_programs
from scripts.bench.support.service import report, row

MOST_S, MOST_MIB = 10.0, 512.0
FEWEST_GOOD, FEWEST_HOSTILE = 40, 30


def main() -> None:
    """Read them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, help="an interpreter with libraries that make files")
    parser.add_argument("--folder", type=Path, help="where files are made and kept")
    args = parser.parse_args()
    # First: what makes files is larger than what reads them.
    hostile = [asyncio.run(_hostile(name, data)) for name, data in hostile_documents()]
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    place = nullcontext(args.folder) if args.folder else tempfile.TemporaryDirectory()
    with place as name:
        folder = Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        made = list(_made(folder, args.python))
        good = [asyncio.run(_good(file)) for file in made]
    rows = list(_rows(good, hostile, peak_mib))
    report("documents.extraction", rows, {"good": good, "hostile": hostile})


def _made(folder: Path, python: Path | None) -> Iterator[MadeFile]:
    if python is not None:
        yield from by_libraries(folder, python, Path(by_library.__file__))
    yield from by_programs(folder)


async def _good(file: MadeFile) -> dict[str, Any]:
    start_s = time.perf_counter()
    try:
        read = await FileReader().read(file.path.read_bytes(), file.path.name)
    except UnreadableFile as error:
        read, wrong = Extracted(""), [f"{error.code}: {error}"]
    else:
        wrong = list(_wrong(file, read))
    took_s = time.perf_counter() - start_s
    print(f"  {file.producer}: {'; '.join(wrong) or 'right'}, {took_s:.2f} s", flush=True)
    return {"producer": file.producer, "wrong": wrong, "seconds": took_s}


def _wrong(file: MadeFile, read: Extracted) -> Iterator[str]:
    """Yield each word that is not under its page or heading."""
    for word in {**file.pages, **file.headings}:
        at = read.text.find(word)
        if at < 0:
            yield f"{word} is not in the text"
            continue
        section = section_at(read.sections, at)
        if word in file.pages and section.page != file.pages[word]:
            yield f"{word}: page {section.page}, not {file.pages[word]}"
        if word in file.headings and section.heading != file.headings[word]:
            yield f"{word}: heading {section.heading!r}, not {file.headings[word]!r}"
    if not (file.pages or file.headings):
        yield "nothing is known of it"


async def _hostile(name: str, data: bytes) -> dict[str, Any]:
    start_s = time.perf_counter()
    try:
        read = await FileReader().read(data)
        outcome = f"read: {len(read.text)} characters"
    except UnreadableFile as error:
        outcome = f"{error.code}: {error}"
    took_s = time.perf_counter() - start_s
    print(f"  {name}: {outcome}, {took_s:.2f} s", flush=True)
    return {"name": name, "refused": not outcome.startswith("read"), "seconds": took_s}


def _rows(
    good: list[dict[str, Any]], hostile: list[dict[str, Any]], peak_mib: float
) -> Iterator[dict[str, Any]]:
    right = sum(not each["wrong"] for each in good)
    enough = len(good) >= FEWEST_GOOD
    yield row(
        f"files with page and heading right, of {len(good)}",
        right,
        f"all of at least {FEWEST_GOOD}",
        right == len(good) and enough,
    )
    refused = sum(each["refused"] for each in hostile)
    yield row(
        f"hostile files that are refused by a code, of {len(hostile)}",
        refused,
        f"all of at least {FEWEST_HOSTILE}",
        refused == len(hostile) and refused >= FEWEST_HOSTILE,
    )
    slowest_s = max(each["seconds"] for each in hostile)
    yield row("slowest of them (s)", slowest_s, f"<= {MOST_S:g}", slowest_s <= MOST_S)
    yield row("largest process that read (MiB)", peak_mib, f"<= {MOST_MIB:g}", peak_mib <= MOST_MIB)
    good_s = sorted(each["seconds"] for each in good)
    yield row("a good file, median (s)", good_s[len(good_s) // 2], "reported", None)


if __name__ == "__main__":
    main()
