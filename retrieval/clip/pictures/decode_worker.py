"""Processes that decode pictures, since a thread in the middle of a decoder cannot be stopped.

A nursery imports Pillow once and forks a worker whenever it is sent a socket for one, so that a
worker costs a few milliseconds and a few MiB and may be killed without regret. Neither imports
numpy, torch or Ray. A worker ends with its nursery, the nursery with its parent, whatever ends
them: the nursery waits on a socket that closes with the parent, and the kernel kills workers
whose nursery is gone.

Bytes from a worker are never unpickled: a worker that a picture has taken over says numbers,
pixels and the name of an error.
"""

import ctypes
import json
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import time
from contextlib import suppress

from retrieval.clip.errors import UnusableInput
from retrieval.clip.pictures.thumbnail import DecoderRecipe

JOB = struct.Struct("<II")
"""Bytes of the recipe and of the picture, which follow."""
ANSWER = struct.Struct("<?dIIII")
"""Whether it is pixels, CPU seconds, height, width (0 for errors), bytes of pixels or of an error,
and bytes of notes, which follow them."""
BORN = struct.Struct("<i")
"""Process id of a new worker."""

BASE_BYTES = 512 * 1024 * 1024
BYTES_A_PIXEL = 24
"""A worker's address space: six copies of the largest picture that is allowed."""
BACKSTOP = 4
"""A worker kills itself after so many times the CPU time that its parent lets it have."""
_PR_SET_PDEATHSIG = 1


def nursery(control: socket.socket) -> None:
    """Fork workers as they are asked for, until the other side is gone."""
    _import_decoders()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # The parent decides when to end; a terminal's Ctrl-C reaches the whole group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    own = os.getpid()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        child = os.fork()
        if not child:
            control.close()
            # A session of its own: Linux shares the cores among sessions first (sched(7)).
            os.setsid()
            _die_with(own)
            _work(socket.socket(fileno=descriptors[0]))
            os._exit(0)
        os.close(descriptors[0])
        control.sendall(BORN.pack(child))


def _import_decoders() -> None:
    from PIL import (  # noqa: F401  (what is imported here is shared by all workers)
        AvifImagePlugin,
        BmpImagePlugin,
        GifImagePlugin,
        IcoImagePlugin,
        ImageCms,
        ImageOps,
        Jpeg2KImagePlugin,
        JpegImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )

    # A picture has one core, as its CPU time is counted and others wait.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _work(jobs: socket.socket) -> None:
    """Decode what comes in, until the other side is gone."""
    _keep_from_writing()
    recipes: dict[bytes, DecoderRecipe] = {}
    with suppress(ConnectionError, EOFError):
        while True:
            recipe_bytes, picture_bytes = JOB.unpack(_exactly(jobs, JOB.size))
            key = bytes(_exactly(jobs, recipe_bytes))
            recipe = recipes.get(key)
            if recipe is None:
                recipe = recipes[key] = pickle.loads(key)
                _bound_memory(recipe)
            picture = bytes(_exactly(jobs, picture_bytes))
            jobs.sendall(_answer(recipe, picture))


def _answer(recipe: DecoderRecipe, picture: bytes) -> bytes:
    start_s = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, BACKSTOP * recipe.limits.max_cpu_s)
    try:
        pixels = recipe.prepare(picture)
        good, height, width, body = True, pixels.height, pixels.width, pixels.data
        notes = json.dumps([[note.code, note.message] for note in pixels.notes]).encode()
    except UnusableInput as error:
        good, height, width = False, 0, 0
        body, notes = json.dumps([type(error).__name__, str(error)]).encode(), b""
    signal.setitimer(signal.ITIMER_PROF, 0)
    took_s = time.process_time() - start_s
    return ANSWER.pack(good, took_s, height, width, len(body), len(notes)) + body + notes


def _keep_from_writing() -> None:
    """A decoder that was taken over shall at least write no file and dump no memory.

    What libraries complain of is told to whoever sent the picture; written down by a million of
    them it would fill a disk.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(kind, (0, 0))


def _bound_memory(recipe: DecoderRecipe) -> None:
    most = BASE_BYTES + BYTES_A_PIXEL * recipe.limits.max_pixels + 2 * recipe.limits.max_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _exactly(source: socket.socket, count: int) -> bytearray:
    data = bytearray(count)
    view, got = memoryview(data), 0
    while got < count:
        more = source.recv_into(view[got:])
        if not more:
            raise EOFError
        got += more
    return data


def main() -> None:
    """Be a nursery over the socket that is this process' standard input."""
    nursery(socket.socket(fileno=0))
