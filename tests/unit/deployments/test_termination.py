"""SIGTERM in a process whose main thread is somebody else's, as a Ray worker's is."""

import subprocess
import sys
import textwrap
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
WORKER = textwrap.dedent(
    """
    import asyncio, os, signal, sys, threading
    from deployments.replica.termination import Termination

    def handler(number, frame):
        sys.exit(1)

    signal.signal(signal.SIGTERM, handler)

    async def serve():
        heard = asyncio.Event()
        termination = Termination()
        termination.listen(heard.set)
        termination.watch(asyncio.get_running_loop())
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(heard.wait(), 20)
        termination.ask()
        print("heard", termination.asked, flush=True)

    loop = threading.Thread(target=lambda: asyncio.run(serve()))
    loop.start()
    while loop.is_alive():
        loop.join(0.1)
    print("lives", flush=True)
    """
)


def test_sigterm_is_heard_on_the_loop_and_does_not_end_the_process() -> None:
    """Listeners are called there, once; the handler that would have exited does not."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER], cwd=PROJECT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["heard", "True", "lives"], done.stderr
    assert done.returncode == 0
