"""Write what is made from reliability/slos.yaml; with --check, only say what is stale."""

import argparse
import sys
from pathlib import Path

from reliability.errors import ObjectiveFileError
from reliability.slo.export.files import TESTS, generated_files
from reliability.slo.file import FILE, load_objectives

PROJECT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Write or check every generated file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=FILE, help="the objectives")
    parser.add_argument("--into", type=Path, default=PROJECT, help="where to write")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    try:
        files = generated_files(load_objectives(args.file))
    except ObjectiveFileError as error:
        sys.exit(f"brAInwav: {error}")
    stale = [path for path, text in files.items() if _read(args.into / path) != text]
    left_over = [p for p in (args.into / TESTS).glob("*.yml") if f"{TESTS}/{p.name}" not in files]
    if args.check:
        named = stale + [str(path.relative_to(args.into)) for path in left_over]
        sys.exit(f"stale, run `make slo`: {', '.join(named)}" if named else 0)
    for path in left_over:
        path.unlink()
    for path in stale:
        (args.into / path).parent.mkdir(parents=True, exist_ok=True)
        (args.into / path).write_text(files[path], "utf-8")
        print(f"wrote {path}")


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    main()
