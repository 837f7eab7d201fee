"""Files are read in processes of their own: bounded, without keys, gone afterwards."""

import ast
import asyncio
import os
import sys
from pathlib import Path

import psutil
import pytest

from deployments.extraction import reading_process
from deployments.extraction.file_reader import FileReader, ReadingBounds
from deployments.extraction.reading_process import ReadingProcess
from retrieval.extraction.errors import (
    BrokenFile,
    EncryptedFile,
    FileTooLarge,
    NoText,
    UnsupportedFile,
)
from retrieval.extraction.extracted import Extracted
from retrieval.passages.sections import Section
from tests.unit.extraction.file_samples import docx_file, paragraph, pdf_file, pdf_of

LOCKED = "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{0}> /U <{0}> >> /ID [<00><00>]".format(
    32 * "41"
)


def read(data: bytes, bounds: ReadingBounds | None = None) -> Extracted:
    """Read one file."""
    return asyncio.run(FileReader(bounds=bounds).read(data))


def test_a_pdf_has_its_pages_and_the_headings_of_its_outline() -> None:
    """Where a title stands on its page a section begins there."""
    pages = ["Preface\nto begin", "still to begin\nChapter One\nwords", "more words"]
    found = read(pdf_file(pages, [("Preface", 0), ("Chapter One", 1)]))
    cut = [found.text[section.start :][:12].split("\n")[0] for section in found.sections]
    places = [(section.page, section.heading) for section in found.sections]
    assert list(zip(cut, places, strict=True)) == [
        ("Preface", (1, "Preface")),
        ("still to beg", (2, "Preface")),
        ("Chapter One", (2, "Chapter One")),
        ("more words", (3, "Chapter One")),
    ]


def test_a_page_without_text_is_said_and_a_whole_scan_refused() -> None:
    """A document needs a text; of several pages those without are named."""
    [warning] = read(pdf_file(["words", "", "more"])).warnings
    assert warning.code == "no_text"
    assert "1 of 3 pages" in warning.message
    with pytest.raises(NoText, match="OCR"):
        read(pdf_file(["", ""]))


def test_a_pdf_with_a_password_is_encrypted() -> None:
    """Not broken: its owner can do something about it."""
    objects = {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: "<< /Type /Pages /Kids [] /Count 0 >>",
    }
    with pytest.raises(EncryptedFile, match="password"):
        read(pdf_of(objects, LOCKED))


def test_other_kinds_come_through_the_process_too() -> None:
    """A Word document and a page; a text needs none."""
    assert read(docx_file(paragraph("Title", "Kop1"))).sections == (Section(0, None, "Title"),)
    assert read(b"<html><h1>Title</h1>").text == "Title"
    assert read(b"# Title").sections == (Section(0, None, "Title"),)


def test_a_missing_library_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere than here, PDF files need one extra; nothing else does."""
    monkeypatch.setattr(reading_process, "LIBRARY", "no_such_library")
    with pytest.raises(UnsupportedFile, match=r"pip install 'brainwav-serve\[files\]'"):
        read(pdf_file(["words"]))
    assert read(b"<html>words").text == "words"


def test_work_without_end_is_ended_by_its_cpu_time() -> None:
    """The kernel counts, so that a busy machine refuses nothing."""
    endless = b"<html>" + 3_000_000 * b"<p>word "
    with pytest.raises(FileTooLarge, match="1 s of a core"):
        read(endless, ReadingBounds(max_cpu_s=1, max_wall_s=60))


def test_memory_is_bounded() -> None:
    """Not by what the file says, but by the process."""
    page = b"<html>" + 30_000_000 * b"a"
    with pytest.raises((FileTooLarge, BrokenFile), match=r"memory|process"):
        read(page, ReadingBounds(max_memory_bytes=120 << 20, max_characters=1 << 30))


def test_a_larger_file_is_not_begun() -> None:
    """By its bytes."""
    with pytest.raises(FileTooLarge, match="10 bytes"):
        read(b"<html>12345", ReadingBounds(max_bytes=10))


def readers(parent: psutil.Process) -> list[psutil.Process]:
    """Return the processes that read files for a parent."""
    return [one for one in parent.children() if reading_process.MAIN in one.cmdline()]


def test_a_caller_that_goes_leaves_no_process_behind() -> None:
    """Cancelling the call ends the work."""

    async def run() -> list[psutil.Process]:
        reader = FileReader(bounds=ReadingBounds(max_cpu_s=60, max_wall_s=60))
        task = asyncio.ensure_future(reader.read(b"<html>" + 3_000_000 * b"<p>word "))
        me = psutil.Process()
        # One turn of the loop starts it, as nobody else waits.
        await asyncio.sleep(0)
        assert readers(me)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return readers(me)

    assert asyncio.run(run()) == []


PEEK = """
import os, resource, socket, sys
job = socket.socket(fileno=0)
sys.path[:0] = sys.argv[1:]
from retrieval.extraction import worker
from retrieval.extraction.wire import ReadingOrder
held = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:-1]
worker._confine(ReadingOrder("html", 10, 7, 400 << 20))
try:
    os.write(os.open("made", os.O_CREAT | os.O_WRONLY), b"x")
    wrote = True
except OSError:
    wrote = False
said = [sorted(os.environ), os.listdir("."), wrote, os.getsid(0) == os.getpid(),
        os.getpriority(os.PRIO_PROCESS, 0), resource.getrlimit(resource.RLIMIT_CPU)[0],
        held, "site" in sys.modules]
job.sendall(repr(said).encode())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_process_has_nothing_that_it_does_not_need(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No environment, no files, no place to write; its own session, behind others."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(reading_process, "MAIN", PEEK)
    with (tmp_path / "key").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        process = ReadingProcess()
    process._job.setblocking(True)
    said = process._job.recv(65536).decode()
    process.close()
    environment, files, wrote, own_session, niceness, cpu_s, descriptors, site = ast.literal_eval(
        said
    )
    assert set(environment) <= {"LC_CTYPE"}
    assert files == ["made"]
    assert not wrote
    assert own_session
    assert niceness >= 10
    assert cpu_s == 7
    assert descriptors == [0, 1, 2]
    assert not site
