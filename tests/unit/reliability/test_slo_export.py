"""What is made from the objectives is up to date, valid, and calls people when it should."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from reliability.slo.export import names
from reliability.slo.export.files import CONFIG, DASHBOARD, RULES, TESTS, generated_files
from reliability.slo.export.k6_thresholds import tag_of
from reliability.slo.file import load_objectives
from reliability.slo.objectives import Route
from telemetry.metric_table import BY_NAME

PROJECT = Path(__file__).resolve().parents[3]
FILES = generated_files(load_objectives())

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool (Debian: prometheus) is not installed"
)


def promtool(*arguments: str, folder: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("path", FILES)
def test_generated_files_are_those_of_the_objectives(path: str) -> None:
    """Whoever changes slos.yaml or the generator runs `make slo`."""
    assert (PROJECT / path).read_text() == FILES[path], f"{path} is stale: run `make slo`"


def test_no_test_of_a_policy_that_is_gone_lies_about() -> None:
    """`make slo` removes them."""
    lying = {f"{TESTS}/{path.name}" for path in (PROJECT / TESTS).iterdir()}
    assert lying == {path for path in FILES if path.startswith(TESTS)}


@needs_promtool
def test_promtool_accepts_rules_and_configuration() -> None:
    """Syntax, and the rule file that the configuration names."""
    for command in (("check", "rules", RULES), ("check", "config", CONFIG)):
        done = promtool(*command)
        assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
@pytest.mark.parametrize("path", [path for path in FILES if path.startswith(TESTS)])
def test_alerts_fire_when_they_should_and_only_then(path: str) -> None:
    """Every policy at every budget: just above its factor, just below, too short, too few."""
    done = promtool("test", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("slo:brainwav_burn_rate:1h > 14.4", "slo:brainwav_burn_rate:1h > 16.5"),
        ("slo:brainwav_burn_rate:1h > 14.4", "slo:brainwav_burn_rate:1h > 12.5"),
        ("brainwav_slo_bad_total[1h]", "brainwav_slo_bad_total[2h]"),
        ("[1h]", "[30m]"),
        ("[5m]", "[1h]"),
        ("increase1h > 9.5", "increase1h > 0.5"),
        ("vector(0.001)", "vector(0.0013)"),
    ],
)
def test_a_wrong_factor_window_floor_or_budget_is_found(
    tmp_path: Path, right: str, wrong: str
) -> None:
    """Planted in the rules, each makes the promtool tests of its policy fail."""
    assert right in FILES[RULES]
    (tmp_path / "tests").mkdir()
    (tmp_path / "brainwav-rules.yml").write_text(FILES[RULES].replace(right, wrong))
    (tmp_path / "tests" / "page-1h.yml").write_text(FILES[f"{TESTS}/page-1h.yml"])
    done = promtool("test", "rules", "tests/page-1h.yml", folder=tmp_path)
    assert done.returncode == 1
    assert "FAILED" in done.stdout + done.stderr


def test_every_recorded_name_that_is_used_is_recorded() -> None:
    """In alerts and on the dashboard; a query of a name that nobody records draws nothing."""
    recorded = set(re.findall(r"record: (\S+)", FILES[RULES]))
    used = set(re.findall(r"\b(?:slo|route|endpoint):brainwav\w*:\w+", FILES[RULES]))
    shown = set(re.findall(r"\b(?:slo|route|endpoint):brainwav\w*:\w+", FILES[DASHBOARD]))
    assert used | shown <= recorded


def test_every_metric_that_is_used_is_one_of_the_table() -> None:
    """Rules and panels ask for nothing that the service does not tell."""
    # Recorded names carry colons; labels such as `le` are no metrics.
    word = re.compile(r"(?<![:\w])brainwav_\w+(?![:\w])")
    used = {m for path in (RULES, DASHBOARD) for m in word.findall(FILES[path])}
    series = {re.sub("_(bucket|sum|count)$", "", metric) for metric in used}
    assert series <= set(BY_NAME)


def test_every_objective_has_a_budget_and_every_policy_an_alert() -> None:
    """Nothing of the file is lost on the way to Prometheus."""
    rules = [r for group in yaml.safe_load(FILES[RULES])["groups"] for r in group["rules"]]
    budgets = {r["labels"]["objective"] for r in rules if r.get("record") == names.BUDGET}
    objectives = load_objectives()
    assert budgets == {objective.name for objective in objectives}
    policies = {alert for objective in objectives for alert in objective.alerts}
    assert sum(r.get("alert", "").startswith("BrainwavBudget") for r in rules) == len(policies)


def test_panels_of_the_dashboard_lie_beside_each_other() -> None:
    """None over another, each with a number of its own."""
    panels = json.loads(FILES[DASHBOARD])["panels"]
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken
                assert x < 24
                taken.add((x, y))
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_tags_of_routes_are_words_and_differ() -> None:
    """k6 would split a tag at a colon or a brace."""
    tags = [tag_of(route) for route in load_objectives().by_route]
    assert tag_of(Route("GET", "/documents/{document_id}")) == "get_documents__document_id_"
    assert len(set(tags)) == len(tags)
    assert all(re.fullmatch(r"\w+", tag) for tag in tags)
