"""The address Serve's HTTP binds to, asked of the running Serve."""

from ray.serve.context import _get_global_client

from telemetry.logs import get_logger

log = get_logger()


def bound_host() -> str:
    """Return the host of `http_options`.

    Serve has no public way to ask; where the private one is gone, the strict check of the
    configuration file (`deployments.checking.config`) is the one that remains.
    """
    try:
        client = _get_global_client(raise_if_no_controller_running=False)
        return "127.0.0.1" if client is None else str(client.http_config.host)
    except AttributeError as error:
        log.warning("http_host.unknown", error=str(error))
        return "127.0.0.1"
