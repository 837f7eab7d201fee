"""Which of a batcher's threads sleep, and who is woken: the first first, since it may run wide.

All of it is called under the batcher's lock.
"""

import threading


class Sleepers:
    """Threads by number; each has a condition of its own, so that one can be chosen."""

    def __init__(self, lock: threading.Lock, threads: int) -> None:
        self._wakes = [threading.Condition(lock) for _ in range(threads)]
        self._asleep: set[int] = set()
        self._between: set[int] = set()
        """Have run a batch and look for the next before they sleep."""
        self.idle = 0
        """Threads that wait for work now."""

    def sleep_until_told(self, number: int) -> None:
        """Sleep as one that may not work now."""
        self._wakes[number].wait()

    def sleep(self, number: int, longest_s: float | None) -> None:
        """Sleep until there is work, or for so long."""
        self.idle += 1
        self._asleep.add(number)
        self._wakes[number].wait(longest_s)
        self._asleep.discard(number)
        self.idle -= 1

    def looks_again(self, number: int) -> None:
        """Note that a thread will look for work without being woken."""
        self._between.add(number)

    def has_looked(self, number: int) -> None:
        """Note that it did."""
        self._between.discard(number)

    def wake(self, count: int) -> None:
        """See to it that so many threads look for work."""
        while count and self._between:
            self._between.pop()
            count -= 1
        for number in sorted(self._asleep)[:count]:
            self._asleep.discard(number)
            self._wakes[number].notify()

    def wake_all(self) -> None:
        """Wake every thread, those that may not work too."""
        for wake in self._wakes:
            wake.notify()
