"""The definition of a limit, checked the slow way."""

from reliability.limits.token_bucket import Policy


def assert_within(policy: Policy, admitted: list[tuple[int, int]], slack: int = 0) -> None:
    """Check every window between two admissions; ``admitted`` holds (time, tokens)."""
    for first in range(len(admitted)):
        spent = 0
        for at_us, tokens in admitted[first:]:
            spent += tokens
            window_us = at_us - admitted[first][0]
            allowed = (policy.burst + slack) * policy.period_us + window_us * policy.limit
            assert spent * policy.period_us <= allowed
