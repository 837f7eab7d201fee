"""Work ends with the caller, whatever the caller says."""

from ray.serve._private.constants import SERVE_HTTP_REQUEST_DISCONNECT_DISABLED_HEADER

from deployments.haproxy.refusal_rules import NOBODY_WAITS_ON, refusal_rules


def test_no_client_may_have_its_request_worked_on_after_it_hung_up() -> None:
    """The field by which Serve is asked for that does not pass the proxy."""
    rule = f"http-request del-header {SERVE_HTTP_REQUEST_DISCONNECT_DISABLED_HEADER}"
    assert rule == NOBODY_WAITS_ON
    assert rule in refusal_rules().frontend
