"""Every file that is made from the objectives, by its path in the project."""

import json
from collections.abc import Mapping
from typing import Any

from reliability.slo.export.grafana import dashboard
from reliability.slo.export.k6_thresholds import k6_thresholds
from reliability.slo.export.prometheus_config import NOTE, prometheus_config
from reliability.slo.export.prometheus_rules import rules
from reliability.slo.export.promtool_tests import promtool_tests
from reliability.slo.export.yaml_text import yaml_text
from reliability.slo.objectives import Objectives

RULES = "deploy/prometheus/brainwav-rules.yml"
CONFIG = "deploy/prometheus/prometheus.yml"
TESTS = "deploy/prometheus/tests"
THRESHOLDS = "scripts/k6/thresholds.json"
DASHBOARD = "deploy/grafana/brainwav.json"


def generated_files(objectives: Objectives) -> Mapping[str, str]:
    """Return path and text of each file."""
    tests = promtool_tests(objectives, "../brainwav-rules.yml")
    return {
        RULES: yaml_text(rules(objectives)),
        CONFIG: NOTE + yaml_text(prometheus_config("brainwav-rules.yml")),
        **{f"{TESTS}/{name}.yml": yaml_text(content) for name, content in tests.items()},
        THRESHOLDS: _json_text(k6_thresholds(objectives)),
        DASHBOARD: _json_text(dashboard(objectives)),
    }


def _json_text(content: Any) -> str:
    return json.dumps(content, indent=2) + "\n"
