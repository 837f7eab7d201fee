"""A process that reads one file, as its parent sees it: started, asked, ended."""

import asyncio
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from retrieval.extraction import wire
from retrieval.extraction.errors import BrokenFile, FileTooLarge
from retrieval.extraction.extracted import Extracted

PACKAGES = Path(wire.__file__).parents[2]
MAIN = (
    "import sys; sys.path[:0] = sys.argv[1:]; from retrieval.extraction.worker import main; main()"
)
LIBRARY = "pypdfium2"


class ReadingProcess:
    """Starts with the first line of ``read``, and is gone after its last.

    Neither the environment nor open files are handed down, and it begins in an empty folder.
    """

    def __init__(self) -> None:
        self._cpu_s = 0.0
        self._folder = tempfile.TemporaryDirectory(prefix="brainwav-file-")
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            self._process = subprocess.Popen(
                # Isolated, and without `site`: what a .pth file names is not run.
                [sys.executable, "-I", "-S", "-c", MAIN, *_paths()],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                cwd=self._folder.name,
                # A session of its own: Linux shares the cores among sessions first (sched(7)).
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            self._folder.cleanup()
            raise
        finally:
            theirs.close()
        self._job = ours

    async def read(self, order: wire.ReadingOrder, data: bytes) -> Extracted:
        """Return what the file holds.

        Raises:
            UnreadableFile: There is nothing to be had of it.
        """
        loop, packed = asyncio.get_running_loop(), order.packed()
        try:
            await loop.sock_sendall(self._job, wire.JOB.pack(len(packed), len(data)) + packed)
            await loop.sock_sendall(self._job, data)
            (length,) = wire.ANSWER.unpack(await self._exactly(wire.ANSWER.size))
            if length > wire.MOST_ANSWER_BYTES:
                raise BrokenFile("reading the file ends in an answer that is none")
            answer = await self._exactly(length)
        except OSError:
            raise await self._why_it_died(order) from None
        # A text of megabytes takes milliseconds that others wait for.
        return await asyncio.to_thread(wire.answer_of, answer)

    def close(self) -> float:
        """End it, whatever it does; return the CPU seconds that it took."""
        self._job.close()
        if self._process.returncode is None:
            self._process.kill()
        self._wait()
        self._folder.cleanup()
        return self._cpu_s

    def _wait(self) -> int:
        """Wait for its end; return its exit status, below zero the signal that ended it."""
        if self._process.returncode is None:
            # Popen's own way to wait does not say what the process took.
            _, status, usage = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            self._cpu_s = usage.ru_utime + usage.ru_stime
        return self._process.returncode

    async def _why_it_died(self, order: wire.ReadingOrder) -> BrokenFile | FileTooLarge:
        code = await asyncio.to_thread(self._wait)
        if code == -signal.SIGXCPU:
            return FileTooLarge(f"reading the file takes more than {order.max_cpu_s} s of a core")
        return BrokenFile("reading the file ends the process that does it")

    async def _exactly(self, count: int) -> bytes:
        loop, data, got = asyncio.get_running_loop(), bytearray(count), 0
        view = memoryview(data)
        while got < count:
            more = await loop.sock_recv_into(self._job, view[got:])
            if not more:
                raise ConnectionResetError("the process hung up")
            got += more
        return bytes(data)


def _paths() -> list[str]:
    """Return where the process finds this code, and the PDF library where there is one."""
    found = importlib.util.find_spec(LIBRARY)
    more = [] if found is None or found.origin is None else [str(Path(found.origin).parents[1])]
    return [str(PACKAGES), *more]
