"""The audit log: appended by several, whole lines only, bounded, read by page and time."""

import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reliability.books.audit_entries import AuditQuery
from reliability.books.audit_log import AuditLog
from reliability.errors import AuditError

WHAT = {"path": "/documents/d"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "audit.jsonl"


def written(path: Path, count: int, **options) -> AuditLog:
    """A log with so many acts, a second apart from second 0 on."""
    seconds = iter(range(10**6))
    log = AuditLog(path, now_utc_s=lambda: next(seconds) // 2, **options)
    for number in range(count):
        log.end(log.begin("key:a", "document.delete", f"r{number}", WHAT), 200)
    return log


def test_an_act_is_who_when_what_request_and_outcome(path: Path) -> None:
    """In a file that only its owner reads."""
    [entry] = written(path, 1).read(AuditQuery()).entries
    assert (entry.number, entry.who, entry.act, entry.request_id, entry.what, entry.status) == (
        1,
        "key:a",
        "document.delete",
        "r0",
        WHAT,
        200,
    )
    assert entry.at == "1970-01-01T00:00:00.000+00:00"
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_act_that_was_cut_short_is_there_without_an_outcome(path: Path) -> None:
    """It may have been done: the reader must know of it."""
    log = written(path, 1)
    log.begin("key:b", "mode.switch", "r", {})
    assert [entry.status for entry in log.read(AuditQuery()).entries] == [200, None]


def test_pages_follow_each_other_without_gap_or_repetition(path: Path) -> None:
    """Over rotated files too."""
    log = written(path, 40, max_file_bytes=2000, max_files=50)
    assert len(list(path.parent.glob("audit.jsonl*"))) > 3
    seen, after = [], 0
    while True:
        page = log.read(AuditQuery(after=after, limit=7))
        assert {entry.status for entry in page.entries} == {200}
        seen += [entry.number for entry in page.entries]
        if page.next_after is None:
            break
        after = page.next_after
    assert seen == list(range(1, 41))


def test_time_actor_and_act_filter(path: Path) -> None:
    """From a moment on, up to before another."""
    log = written(path, 10)
    log.end(log.begin("uid:0", "key.create", "", {}), 0)
    moment = [datetime.fromtimestamp(second, UTC) for second in (3, 6)]
    page = log.read(AuditQuery(since=moment[0], until=moment[1]))
    assert [entry.number for entry in page.entries] == [4, 5, 6]
    assert [entry.number for entry in log.read(AuditQuery(who="uid:0")).entries] == [11]
    assert [entry.number for entry in log.read(AuditQuery(act="key.create")).entries] == [11]


def test_the_log_is_bounded_and_says_since_when_it_is_kept(path: Path) -> None:
    """Numbers go on, so that what was rotated away is known to be missing."""
    log = written(path, 60, max_file_bytes=1000, max_files=3)
    files = list(path.parent.glob("audit.jsonl*"))
    assert len(files) == 3
    assert sum(file.stat().st_size for file in files) < 3 * 1300
    page = log.read(AuditQuery(limit=1000))
    assert page.entries[0].number > 40
    assert page.entries[-1].number == 60
    assert page.kept_since is not None
    assert page.kept_since > "1970-01-01T00:00:40"


def test_several_processes_write_whole_lines_with_numbers_of_their_own(path: Path) -> None:
    """A script and the service share the file."""
    code = (
        "import sys; from pathlib import Path; from reliability.books.audit_log import AuditLog\n"
        "log = AuditLog(Path(sys.argv[1]), 3000, 50)\n"
        "for _ in range(30): log.end(log.begin('uid:1', 'x', '', {}), 0)\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    running = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait() for process in running] == [0] * 3
    page = AuditLog(path, 3000, 50).read(AuditQuery(limit=1000))
    assert [entry.number for entry in page.entries] == list(range(1, 91))
    assert (page.unreadable, {entry.status for entry in page.entries}) == (0, {0})


def test_a_torn_line_is_counted_and_takes_no_other_with_it(path: Path) -> None:
    """As a machine leaves it that lost power."""
    written(path, 2)
    with path.open("ab") as file:
        file.write(b'{"n": 3, "at": "19')
    log = AuditLog(path)
    assert log.begin("key:a", "x", "r", {}) == 3
    page = log.read(AuditQuery())
    assert [entry.number for entry in page.entries] == [1, 2, 3]
    assert page.unreadable == 1


def test_a_line_that_does_not_fit_is_not_there_in_part(path: Path) -> None:
    """The act is refused, and what was recorded before can be read."""
    log = written(path, 2)
    size = path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, before[1]))
    try:
        with pytest.raises(AuditError):
            log.begin("key:a", "x", "r", {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.stat().st_size == size
    assert log.begin("key:a", "x", "r", {}) == 3


def test_a_planted_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    """Nothing is appended to a file that another chose."""
    path.parent.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("")
    os.symlink(victim, path)
    with pytest.raises(AuditError):
        AuditLog(path).begin("key:a", "x", "r", {})
    assert victim.read_text() == ""


def test_what_is_told_is_escaped_and_cut(path: Path) -> None:
    """A path may hold anything; a line is shown in a terminal."""
    log = AuditLog(path)
    log.begin("key:a", "x", "r", {"path": "/documents/\u202e\n" + "x" * 10_000})
    assert path.read_bytes().isascii()
    assert len(path.read_bytes().splitlines()) == 1
    [entry] = log.read(AuditQuery()).entries
    assert len(entry.what["path"]) == 600


def test_an_act_of_a_script_that_fails_is_recorded_as_failed(path: Path) -> None:
    """And the failure goes on to its caller."""
    log = AuditLog(path)
    with pytest.raises(ZeroDivisionError), log.act("uid:0", "backup.create", {}):
        raise ZeroDivisionError
    assert [entry.status for entry in log.read(AuditQuery()).entries] == [1]
