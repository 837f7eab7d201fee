"""The process that reads one file and ends: bounded, without a network, keys or a place to write.

It has an empty environment and is told everything over the socket that is its standard input.
"""

import contextlib
import ctypes
import os
import resource
import signal
import socket
import sys

from retrieval.extraction.errors import BrokenFile, FileTooLarge, UnreadableFile, UnsupportedFile
from retrieval.extraction.extracted import Extracted
from retrieval.extraction.wire import ANSWER, JOB, ReadingOrder, order_of, packed_answer

NICENESS = 10
"""Searches of others go first."""
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_NEW_USERS_AND_NETWORK = 0x10000000 | 0x40000000


def main() -> None:
    """Read the file that comes in, answer, end."""
    job = socket.socket(fileno=0)
    order_bytes, file_bytes = JOB.unpack(_exactly(job, JOB.size))
    order = order_of(_exactly(job, order_bytes))
    _confine(order)
    answer = packed_answer(_read(order, job, file_bytes))
    job.sendall(ANSWER.pack(len(answer)) + answer)


def _read(order: ReadingOrder, job: socket.socket, count: int) -> Extracted | UnreadableFile:
    try:
        return read_by_kind(order, _exactly(job, count))
    except UnreadableFile as error:
        return error
    except MemoryError:
        return FileTooLarge("reading the file takes more memory than is allowed")
    except RecursionError:
        return BrokenFile("the file is nested too deeply")
    except Exception as error:
        # A library that a file surprises; the parent is told no more than that it did.
        return BrokenFile(f"reading the file fails ({type(error).__name__})")


def read_by_kind(order: ReadingOrder, data: bytes) -> Extracted:
    """Return what a file of a known kind holds.

    Raises:
        UnreadableFile: It cannot be read within bounds.
    """
    # Each library only where it is needed: a process reads one file.
    match order.kind:
        case "pdf":
            from retrieval.extraction.pdf_text import read_pdf

            return read_pdf(data, order.max_characters)
        case "docx":
            from retrieval.extraction.docx_text import read_docx

            return read_docx(data, order.max_characters)
        case "html":
            from retrieval.extraction.html_text import read_html

            return read_html(data, order.max_characters)
        case _:
            raise UnsupportedFile("a text needs no process to be read")


def _confine(order: ReadingOrder) -> None:
    """Take from this process what reading a file does not need, before it sees the first byte."""
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # Where the machine lets users make namespaces, this one has a network without a link.
        library.unshare(_NEW_USERS_AND_NETWORK)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    # The soft limit's signal is told from the SIGKILL of others; the hard one is never reached.
    _limit(resource.RLIMIT_CPU, order.max_cpu_s, 1)
    _limit(resource.RLIMIT_AS, order.max_memory_bytes)


def _limit(kind: int, most: int, spare: int = 0) -> None:
    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY or most + spare < hard:
        resource.setrlimit(kind, (most, most + spare))


def _exactly(source: socket.socket, count: int) -> bytes:
    data = bytearray(count)
    view, got = memoryview(data), 0
    while got < count:
        more = source.recv_into(view[got:])
        if not more:
            raise SystemExit(1)
        got += more
    return bytes(data)
