"""A DOCX file as a package: the parts of a ZIP, each read within bounds."""

import io
import re
import struct
import zipfile
import zlib
from posixpath import join, normpath

from retrieval.extraction.errors import BrokenFile, EncryptedFile, FileTooLarge, UnsupportedFile
from retrieval.extraction.xml_events import attribute, parse_xml

MOST_ENTRIES = 10_000
MOST_PART_BYTES = 64 << 20
"""Of one part as it is unpacked."""
MOST_RATIO = 200
"""How many times larger a part may be unpacked; Word's own are about twenty."""
SMALL_BYTES = 1 << 20
"""Parts up to here may be of any ratio: an empty form packs well."""
_TORN = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, OSError, OverflowError, RuntimeError, ValueError),
)
"""What `zipfile` raises over a spoilt file."""
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_MACROS = "application/vnd.ms-word."
_OTHER_KINDS = (
    ("spreadsheetml", "a spreadsheet: save it as .csv, which `brainwav index` reads"),
    ("presentationml", "a presentation: make a PDF of it"),
)


class Package:
    """The parts of a DOCX.

    Raises:
        BrokenFile, EncryptedFile, FileTooLarge, UnsupportedFile: It is none that is read.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _TORN as error:
            raise BrokenFile(f"the ZIP cannot be read: {error}") from None
        entries = self._zip.infolist()
        if len(entries) > MOST_ENTRIES:
            raise FileTooLarge(f"the ZIP has {len(entries)} parts, at most {MOST_ENTRIES}")
        self._entries = {entry.filename.lower(): entry for entry in entries}
        self.main = self._main()

    def has(self, name: str) -> bool:
        """Say whether there is such a part."""
        return name.lower() in self._entries

    def part(self, name: str) -> bytes:
        """Return what a part holds.

        Raises:
            BrokenFile, EncryptedFile, FileTooLarge: It cannot be unpacked within bounds.
        """
        entry = self._entries.get(name.lower())
        if entry is None:
            raise BrokenFile(f"the DOCX has no part {name}")
        if entry.flag_bits & 1:
            raise EncryptedFile("the ZIP needs a password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnsupportedFile("a part of the DOCX is packed in an uncommon way")
        most = min(MOST_PART_BYTES, max(SMALL_BYTES, MOST_RATIO * entry.compress_size))
        try:
            with self._zip.open(entry) as file:
                # What the directory says of its size may be a lie.
                data = file.read(most + 1)
        except _TORN as error:
            raise BrokenFile(f"a part of the DOCX cannot be unpacked: {error}") from None
        if len(data) > most:
            raise FileTooLarge(f"{name} unpacks to more than {most} bytes")
        return data

    def _main(self) -> str:
        if not self.has("[Content_Types].xml"):
            raise UnsupportedFile(f"the content is {self._what()}")
        types = self.part("[Content_Types].xml").decode("utf-8", "replace")
        if _WORD not in types and _MACROS not in types:
            what = next((what for word, what in _OTHER_KINDS if word in types), "no Word document")
            raise UnsupportedFile(f"the content is {what}")
        return self._target("_rels/.rels", "", "/officeDocument") or "word/document.xml"

    def related(self, kind: str) -> str | None:
        """Return the name of the part that the main one names for something."""
        folder, _, file = self.main.rpartition("/")
        return self._target(join(folder, "_rels", f"{file}.rels"), folder, f"/{kind}")

    def _target(self, rels: str, folder: str, kind: str) -> str | None:
        if not self.has(rels):
            return None
        found: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if attribute(attributes, "Type").endswith(kind):
                found.append(attribute(attributes, "Target"))

        parse_xml(self.part(rels), start)
        inside = [normpath(join("/", folder, target))[1:] for target in found]
        return next((name for name in inside if self.has(name)), None)

    def _what(self) -> str:
        if self.has("mimetype"):
            kind = re.sub(r"[^\w./+-]", "", self.part("mimetype")[:80].decode("ascii", "replace"))
            return f"a ZIP of type {kind}: save it as .docx or PDF"
        return "a ZIP archive: unpack it first"
