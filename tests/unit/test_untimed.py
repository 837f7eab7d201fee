"""No test is decided by how busy the machine is."""

from hypothesis import HealthCheck, settings


def test_examples_have_no_deadline() -> None:
    """Hypothesis' own default is 200 ms, and a machine that draws quickly."""
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check
