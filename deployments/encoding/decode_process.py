"""One nursery and its workers as their parent sees them: asked, timed, ended."""

import asyncio
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil

from deployments.batching.batch import WorkerDied
from retrieval.clip import errors
from retrieval.clip.pictures.decode_worker import ANSWER, BORN, JOB
from retrieval.clip.pictures.thumbnail import DecoderRecipe
from retrieval.clip.tower_protocol import Prepared
from retrieval.picture_note import CODES, PictureNote

PACKAGES = Path(errors.__file__).parents[2]
MAIN = "from retrieval.clip.pictures.decode_worker import main; main()"
LAST = 19
"""The niceness of what runs when nothing else wants to. On Linux its policy changes too: since
kernel 6.6 a nice process keeps the core for its slice of three milliseconds when another one
wakes, and a request wakes a dozen. Where it groups sessions, those of other programs were seen to
wait for two seconds beside workers of that policy, unless the workers' own session is nice too."""
BUFFER_BYTES = 1024 * 1024
BORN_WITHIN_S = 30.0
MOST_WORDS_BYTES = 65_536
"""Of an error, and of notes."""


class Nursery:
    """The process that forks workers; started when it is first needed, and again if it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._asking = asyncio.Lock()

    async def worker(self) -> "DecodeWorker":
        """Return a new worker.

        Raises:
            WorkerDied: The nursery does not answer.
        """
        async with self._asking:
            if self._process is None or self._process.poll() is not None:
                self.close()
                self._start()
            try:
                return await asyncio.wait_for(self._ask(), BORN_WITHIN_S)
            except (OSError, TimeoutError) as error:
                self.close()
                raise WorkerDied(f"no process to decode pictures: {error}") from error
            except asyncio.CancelledError:
                # An answer that nobody took would be taken for the next one's.
                self.close()
                raise

    @property
    def pid(self) -> int | None:
        """Return the nursery's process id, None while there is none."""
        return None if self._process is None else self._process.pid

    def close(self) -> None:
        """End the nursery, and with it every worker."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._control = None

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        path = os.pathsep.join([str(PACKAGES), *(entry for entry in sys.path if entry)])
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", MAIN],
            stdin=theirs.fileno(),
            env={**os.environ, "PYTHONPATH": path},
        )
        theirs.close()
        self._control = ours

    async def _ask(self) -> "DecodeWorker":
        assert self._control is not None
        ours, theirs = socket.socketpair()
        try:
            ours.setblocking(False)
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
            socket.send_fds(self._control, [b"+"], [theirs.fileno()])
            told = bytes(await _exactly(self._control, BORN.size))
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return DecodeWorker(BORN.unpack(told)[0], ours)


class DecodeWorker:
    """A process that decodes one picture at a time."""

    def __init__(self, pid: int, jobs: socket.socket) -> None:
        self.pid = pid
        self.killed_for: str | None = None
        self.pictures = 0
        """Decoded so far."""
        self._jobs = jobs
        self._began_cpu_s = 0.0
        with suppress(psutil.Error):
            self._began_cpu_s = self._cpu_s()

    async def prepare(
        self, recipe: DecoderRecipe, picture: bytes
    ) -> tuple[Prepared | errors.UnusableInput, float]:
        """Return what the recipe makes of it, or what is wrong; and CPU seconds.

        Pixels have the shape (3, height, width), a thumbnail's file the shape (bytes,).

        Raises:
            WorkerDied: It ended before it answered.
        """
        loop, packed = asyncio.get_running_loop(), pickle.dumps(recipe)
        try:
            await loop.sock_sendall(self._jobs, JOB.pack(len(packed), len(picture)) + packed)
            await loop.sock_sendall(self._jobs, picture)
            head = await _exactly(self._jobs, ANSWER.size)
            good, cpu_s, height, width, length, words = ANSWER.unpack(head)
            # A worker that a picture has taken over may say anything.
            shape = recipe.shape(height, width, length) if good else ()
            fits = shape is not None if good else length <= MOST_WORDS_BYTES
            if not fits or words > MOST_WORDS_BYTES:
                raise ConnectionError("it does not answer as told")
            body = await _exactly(self._jobs, length)
            notes = _notes(bytes(await _exactly(self._jobs, words)))
        except OSError as error:
            raise WorkerDied(self.killed_for or f"the decoding process died: {error}") from error
        self._began_cpu_s += cpu_s
        self.pictures += 1
        if not good:
            return _error(bytes(body)), cpu_s
        pixels = np.frombuffer(body, np.uint8).reshape(shape or ())
        return Prepared(pixels, 1, notes=notes), cpu_s

    def spent_s(self) -> float:
        """Return the CPU seconds of the picture that it works on now."""
        with suppress(psutil.Error):
            return max(0.0, self._cpu_s() - self._began_cpu_s)
        return 0.0

    def give_way(self, niceness: int) -> bool:
        """Let others on the machine go first, for the rest of its life.

        Returns:
            Whether it is so; the kernel may want to be asked again a moment later.
        """
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, niceness)
            if niceness == LAST and hasattr(os, "SCHED_IDLE"):
                os.sched_setscheduler(self.pid, os.SCHED_IDLE, os.sched_param(0))
        return _session_gives_way(self.pid, niceness)

    def kill(self, reason: str) -> None:
        """End it at once, whatever it does."""
        if self.killed_for is None:
            self.killed_for = reason
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it, and hang up."""
        self.kill("no longer needed")
        self._jobs.close()

    def _cpu_s(self) -> float:
        if sys.platform == "linux":
            # The kernel's clock of another process (clock_getcpuclockid(3)).
            with suppress(OSError):
                return time.clock_gettime((~self.pid << 3) | 2)
            return 0.0
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system


def _session_gives_way(pid: int, niceness: int) -> bool:
    """Set the niceness of a process' session, where Linux has such a thing (sched(7))."""
    try:
        if os.getsid(pid) != pid:
            # It was born a moment ago, and its session is still ours.
            return False
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness))
    except BlockingIOError:
        # All users of the machine together may do so ten times a second.
        return False
    except OSError:
        return True
    return True


def _error(body: bytes) -> errors.UnusableInput:
    name, message = json.loads(body)
    kind = getattr(errors, name, errors.BrokenPicture)
    known = isinstance(kind, type) and issubclass(kind, errors.UnusableInput)
    return (kind if known else errors.BrokenPicture)(message)


def _notes(body: bytes) -> tuple[PictureNote, ...]:
    """Return what a worker says of a picture.

    Raises:
        ConnectionError: It says something else.
    """
    try:
        notes = [PictureNote(*map(str, note)) for note in json.loads(body or b"[]")]
    except (ValueError, TypeError):
        raise ConnectionError("it does not answer as told") from None
    return tuple(note for note in notes if note.code in CODES)


async def _exactly(source: socket.socket, count: int) -> bytearray:
    loop, data, got = asyncio.get_running_loop(), bytearray(count), 0
    view = memoryview(data)
    while got < count:
        more = await loop.sock_recv_into(source, view[got:])
        if not more:
            raise ConnectionResetError("the other side hung up")
        got += more
    return data
