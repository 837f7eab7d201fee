"""For every test: what a run cost, and nothing missing where nothing may be."""

import os
import resource
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from deployments.home import VARIABLE

COMPLETE = "TESTS_NEED_EVERYTHING"
"""Set by `.ci/run`: a test that would be skipped, for want of a server or a second user, fails."""
OPPOSITE = "this machine has"
"""Begins the reason of a test of what a machine lacks."""
# By default an example that takes 200 ms fails, and so does drawing slowly: how busy a machine is
# must decide no test. Where everything is needed the same examples are drawn each time, as
# Hypothesis' own profile for CI does: a run there says whether a change broke something, and
# those of developers look for what nobody thought of.
settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get(COMPLETE)),
)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def home_of_no_other_test() -> Iterator[None]:
    """A command that a test runs in this process names its home for all that come after it."""
    before = os.environ.get(VARIABLE)
    yield
    if before is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = before


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn skips into failures where nothing may be missing."""
    report = yield
    if os.environ.get(COMPLETE) and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if OPPOSITE not in reason:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} would be skipped here: {reason}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the run cost, so that each change can be held to it."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = [usage.ru_utime + usage.ru_stime for usage in (own, children)]
    terminalreporter.write_line(
        f"CPU seconds: {sum(seconds):.0f} ({seconds[0]:.0f} here, "
        f"{seconds[1]:.0f} in processes that ended)"
    )
