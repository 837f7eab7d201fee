"""A Prometheus configuration: the service's own figures, and Ray's of every node."""

from typing import Any

NOTE = """\
# prometheus --config.file=deploy/prometheus/prometheus.yml
#
# brainwav: one target, whatever runs behind it: any replica answers for all of them. Where API
#   keys are in force, put one that is bound to no namespace into brainwav_key beside this file
#   and add under the job:  authorization: {credentials_file: brainwav_key}
# ray: the dashboard lists the nodes' exporters. Token and port are those that `make up` wrote to
#   .brainwav/ (cluster.json tells the port, where 8265 was taken). Ray's series begin with ray_,
#   so nothing is counted twice.
"""


def prometheus_config(rule_file: str) -> dict[str, Any]:
    """Return the configuration for the embedded default: one machine, loopback."""
    return {
        "global": {"scrape_interval": "15s", "evaluation_interval": "30s"},
        "rule_files": [rule_file],
        "scrape_configs": [
            {
                "job_name": "brainwav",
                "metrics_path": "/metrics",
                "static_configs": [{"targets": ["127.0.0.1:8000"]}],
            },
            {
                "job_name": "ray",
                "http_sd_configs": [
                    {
                        "url": "http://127.0.0.1:8265/api/prometheus/sd",
                        # Spelt out: Prometheus 2.42 forgets its default here, and Ray says 403.
                        "authorization": {
                            "type": "Bearer",
                            "credentials_file": "../../.brainwav/ray_token",
                        },
                    }
                ],
            },
        ],
        # Alertmanager routes by the label severity: page calls, ticket files.
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9093"]}]}]},
    }
