"""The console's files in memory, under an address that changes with their content."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).with_name("static")
PAGE = "index.html"
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_VERSION, _MODULES = "{{version}}", "<!-- modules -->"


@dataclass(frozen=True, slots=True)
class ConsoleFile:
    """A file as it is sent."""

    content: bytes
    compressed: bytes
    """The same by gzip."""
    media_type: str


@dataclass(frozen=True, slots=True)
class Console:
    """All files, and what they are called by."""

    version: str
    """A digest of every file: addresses below it never change their content."""
    page: ConsoleFile
    files: Mapping[str, ConsoleFile]


@lru_cache(maxsize=1)
def installed() -> Console:
    """Return the console that came with this package."""
    return read(FOLDER)


def read(folder: Path) -> Console:
    """Return the console of a folder; files of types that are not listed are left out."""
    contents = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in MEDIA_TYPES
    }
    version = _digest(contents)
    page = _page(contents.pop(PAGE).decode(), version, [n for n in contents if n.endswith(".js")])
    files = {name: _file(name, content) for name, content in contents.items()}
    return Console(version, _file(PAGE, page.encode()), files)


def _digest(contents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _page(text: str, version: str, modules: list[str]) -> str:
    # All at once: by their imports a browser would find them one after another.
    links = [f'<link rel="modulepreload" href="console/{version}/{name}">' for name in modules]
    return text.replace(_VERSION, version).replace(_MODULES, "\n    ".join(links))


def _file(name: str, content: bytes) -> ConsoleFile:
    # Without a time: the same file is the same bytes on every replica.
    compressed = gzip.compress(content, mtime=0)
    return ConsoleFile(content, compressed, MEDIA_TYPES[Path(name).suffix])
