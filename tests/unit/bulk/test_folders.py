"""A folder of files is indexed again and again: what changed, what is gone, what is passed over."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import fsspec
import pytest

from deployments.bulk.folder_job import FolderJob
from deployments.bulk.job import JobReport
from deployments.bulk.recording.checkpoint import Checkpoint
from deployments.bulk.sources.folder_files import FolderFiles
from deployments.bulk.sources.items import split
from retrieval.passages.sections import Section
from tests.towers import picture_file
from tests.unit.bulk.bulk_fakes import FakeService, Killed
from tests.unit.bulk.job_runs import THEN, doing, held
from tests.unit.extraction.file_samples import docx_file, paragraph, pdf_file

TARGET = "namespace 0"


def fill(folder: Path) -> None:
    """Put a file of each kind into a folder."""
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "notes.md").write_text("# Notes\n\nwords of markdown")
    (folder / "deep" / "er" / "contract").write_bytes(pdf_file(["words of the pdf", "more"]))
    (folder / "deep" / "letter.docx").write_bytes(docx_file(paragraph("words of word", "Kop1")))
    (folder / "page.html").write_text("<!doctype html><p>words of a page")
    (folder / "photo.txt").write_bytes(picture_file("red"))


def job(folder: Path | str, record: Path, id_word: str = "") -> FolderJob:
    """Return the job of a folder."""
    source = FolderFiles(str(folder), THEN, id_word)
    return FolderJob(source, Checkpoint(record), 2, {"namespace": "n"})


def run(folder: Path | str, record: Path, service: FakeService, id_word: str = "") -> JobReport:
    """Index a folder; its files add up."""
    made = job(folder, record, id_word)
    target = service.incarnations[-1] if service.documents else ""
    report = made.run(doing(made, service), held(service), lambda: target)
    parts = report.written + report.failed + report.unchanged + report.passed_over
    assert parts == report.items
    return report


def test_a_folder_holds_files_of_every_kind(tmp_path: Path) -> None:
    """Each is what its content says, with its path as metadata and its sections."""
    fill(tmp_path / "f")
    source = FolderFiles(str(tmp_path / "f"), THEN)
    [shard] = source.shards(10)
    good, failures = split(list(source.read(shard)))
    assert failures == []
    assert {str(item.metadata["path"]): item.text for item in good} == {
        "deep/er/contract": "words of the pdf\n\nmore",
        "deep/letter.docx": "words of word",
        "notes.md": "# Notes\n\nwords of markdown",
        "page.html": "words of a page",
        "photo.txt": None,
    }
    sections = {str(item.metadata["path"]): item.sections for item in good}
    assert sections["deep/letter.docx"] == (Section(0, None, "words of word"),)
    assert [section.page for section in sections["deep/er/contract"]] == [1, 2]


def test_what_cannot_be_read_is_listed_with_its_reason(tmp_path: Path) -> None:
    """And costs nobody else anything; what is guessed is noted."""
    fill(tmp_path / "f")
    (tmp_path / "f" / "scan.pdf").write_bytes(pdf_file([""]))
    (tmp_path / "f" / "song.mp3").write_bytes(b"ID3\x03" + bytes(100))
    (tmp_path / "f" / "old.txt").write_bytes("words, café".encode("cp1252"))
    report = run(tmp_path / "f", tmp_path / "job", FakeService())
    assert (report.written, report.failed) == (6, 2)
    lines = (tmp_path / "job" / "failures.jsonl").read_text().splitlines()
    codes = {Path(json.loads(line)["place"]).name: json.loads(line)["code"] for line in lines}
    assert codes == {"scan.pdf": "no_text", "song.mp3": "unsupported_media_type"}
    [note] = (tmp_path / "job" / "notes.jsonl").read_text().splitlines()
    assert json.loads(note)["code"] == "encoding_assumed"
    assert any("notes.jsonl" in notice for notice in report.notices)


def test_hidden_files_tables_and_links_are_passed_over_and_listed(tmp_path: Path) -> None:
    """No link leads out of the folder, not even one that is made after the folder was listed."""
    folder = tmp_path / "f"
    fill(folder)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / ".env").write_text("secret")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("secret")
    (folder / "prices.csv").write_text("a,b\n")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "nowhere.txt").symlink_to(tmp_path / "nothing")
    (folder / "again.md").symlink_to(folder / "notes.md")
    (folder / "round").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    service = FakeService()
    report = run(folder, tmp_path / "job", service)
    assert (report.written, report.passed_over) == (6, 8)
    assert len(service.documents) == 6
    assert not any("secret" in (each.text or "") for each in service.documents.values())
    lines = (tmp_path / "job" / "passed_over.jsonl").read_text().splitlines()
    said = {Path(json.loads(line)["path"]).name: json.loads(line)["reason"] for line in lines}
    assert said["out.txt"] == said["up"] == "a link out of the folder"
    assert said[".env"] == said["config"] == "hidden"
    assert said["prices.csv"].startswith("a table")
    source = FolderFiles(str(folder), THEN)
    (folder / "notes.md").unlink()
    (folder / "notes.md").symlink_to(tmp_path / "secret.txt")
    good, failures = split([one for shard in source.shards(9) for one in source.read(shard)])
    assert {Path(failure.place).name for failure in failures} == {"notes.md", "again.md"}
    assert good
    assert not any("secret" in (item.text or "") for item in good)


def test_running_again_writes_what_changed(tmp_path: Path) -> None:
    """By content, whatever times and lengths say; a file that failed is tried again."""
    folder, record, service = tmp_path / "f", tmp_path / "job", FakeService()
    fill(folder)
    (folder / "scan.pdf").write_bytes(pdf_file([""]))
    assert run(folder, record, service).written == 5
    again = run(folder, record, service)
    assert (again.written, again.unchanged, again.failed) == (0, 5, 1)
    before = (folder / "page.html").stat()
    (folder / "page.html").write_text("<!doctype html><p>WORDS of a page")
    os.utime(folder / "page.html", ns=(before.st_atime_ns, before.st_mtime_ns))
    (folder / "scan.pdf").write_bytes(pdf_file(["recognised"]))
    third = run(folder, record, service)
    assert (third.written, third.unchanged, third.failed) == (2, 4, 0)
    texts = {document.text for document in service.documents.values()}
    assert {"WORDS of a page", "recognised"} <= texts
    assert len(service.documents) == 6


def test_a_namespace_that_was_dropped_is_filled_again(tmp_path: Path) -> None:
    """What was written into another one is not there."""
    folder, record, service = tmp_path / "f", tmp_path / "job", FakeService()
    fill(folder)
    run(folder, record, service)
    service.drop()
    assert run(folder, record, service).written == 5
    assert len(service.documents) == 5


def test_a_killed_run_is_gone_on_with(tmp_path: Path) -> None:
    """Shards that were acknowledged are not written again."""
    folder, record, service = tmp_path / "f", tmp_path / "job", FakeService()
    fill(folder)
    service.kill_after = 2
    with pytest.raises(Killed):
        run(folder, record, service)
    service.kill_after = None
    again = run(folder, record, service)
    assert (again.written, again.unchanged) == (3, 2)
    assert len(service.documents) == 5


def test_pruning_deletes_what_is_gone_and_nothing_else(tmp_path: Path) -> None:
    """A file that was moved has a new document; another folder is untouched."""
    folder, record, service = tmp_path / "f", tmp_path / "job", FakeService()
    fill(folder)
    run(folder, record, service)
    deleted: list[str] = []

    def delete(ids: Sequence[str]) -> None:
        deleted.extend(ids)

    made = job(folder, record)
    assert (made.vanished(), made.prune(delete, TARGET), deleted) == ([], 0, [])
    (folder / "notes.md").rename(folder / "moved.md")
    (folder / "page.html").unlink()
    run(folder, record, service)
    made = job(folder, record)
    names = {Path(one.path).name for one in made.vanished()}
    assert names == {"notes.md", "page.html"}
    assert made.prune(delete, "another namespace") == 0
    run(folder, record, service)
    assert job(folder, record).vanished() == []
    assert deleted == []
    (folder / "moved.md").unlink()
    [gone] = job(folder, record).vanished()
    assert job(folder, record).prune(delete, TARGET) == 1
    assert deleted == [gone.id]
    fill(tmp_path / "other")
    assert job(tmp_path / "other", record).vanished() == []


def test_two_folders_may_share_a_namespace(tmp_path: Path) -> None:
    """Ids follow from the path below the folder, and from a word where one is given."""
    service = FakeService()
    for name in ("a", "b"):
        fill(tmp_path / name)
        run(tmp_path / name, tmp_path / f"job-{name}", service)
    assert len(service.documents) == 5
    run(tmp_path / "b", tmp_path / "job-word", service, "b")
    assert len(service.documents) == 10


def test_a_folder_of_object_storage_is_one_too() -> None:
    """Its hidden files are passed over, and its documents read."""
    memory = fsspec.filesystem("memory")
    memory.pipe("/files/notes.md", b"# Notes")
    memory.pipe("/files/.hidden/x.md", b"secret")
    source = FolderFiles("memory://files", THEN)
    good, _ = split([one for shard in source.shards(9) for one in source.read(shard)])
    assert [item.text for item in good] == ["# Notes"]
    assert [passed.reason for passed in source.listing.passed_over] == ["hidden"]
