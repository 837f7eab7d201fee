"""The runs that can still be followed: bounded in number and in bytes, oldest out first."""

from api.errors import BadRequest, Overloaded
from deployments.planning.run import PlanRun


class PlanRuns:
    """Keeps running and finished runs by id.

    Args:
        max_kept: Finished runs.
        max_bytes: Of all finished runs together.
        max_running: Followed runs at once.
    """

    def __init__(self, max_kept: int, max_bytes: int, max_running: int) -> None:
        self.max_kept = max_kept
        self.max_bytes = max_bytes
        self.max_running = max_running
        self._runs: dict[str, PlanRun] = {}
        self._followed: set[PlanRun] = set()

    @property
    def running(self) -> int:
        """Runs that are not finished, those that have not told their id yet among them."""
        return len(self._followed)

    @property
    def kept(self) -> int:
        """Runs that are finished."""
        return sum(run.finished for run in self._runs.values())

    def admit(self, run: PlanRun) -> None:
        """Count a run until ``end``, from before its first step.

        Counted only once it had its id, as many would be admitted as come before the first has.

        Raises:
            Overloaded: There are too many.
        """
        if self.running >= self.max_running:
            raise Overloaded(f"{self.max_running} runs are being followed; try again shortly")
        self._followed.add(run)

    def end(self, run: PlanRun) -> None:
        """Count a run no longer; harmless when repeated."""
        self._followed.discard(run)

    def add(self, run: PlanRun) -> None:
        """Keep a run that has its id, and forget the oldest finished ones beyond the bounds."""
        self._runs[run.id] = run
        done = [old for old in self._runs.values() if old.finished]
        total = sum(old.bytes for old in done)
        for at, old in enumerate(done):
            if len(done) - at <= self.max_kept and total <= self.max_bytes:
                return
            total -= old.bytes
            del self._runs[old.id]

    def forget_finished(self, before_s: float) -> None:
        """Forget runs that finished before: they quote documents that may be deleted since."""
        for run in [run for run in self._runs.values() if run.finished]:
            if run.finished_s < before_s:
                del self._runs[run.id]

    def get(self, run_id: str, owner: str) -> PlanRun:
        """Return a run to its owner.

        Raises:
            BadRequest: 404 ``run_unknown``: never known, forgotten since, or somebody else's.
        """
        run = self._runs.get(run_id)
        if run is None or run.owner != owner:
            raise BadRequest(
                f"run {run_id:.64} is not known, or no longer: finished runs are kept for a "
                "while only, and a restart of the planner forgets all; plan again",
                "run_unknown",
                {"where": "run_id"},
                404,
            )
        return run
