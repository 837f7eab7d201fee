"""Whatever is wrong in a configuration is told with its place, before anything is started."""

from copy import deepcopy
from typing import Any

import pytest

from deployments.checking import config
from tests.changed_configuration import (
    APP,
    ARGS,
    DEPLOYED,
    EMBEDDER,
    GONE,
    HUB,
    INGRESS,
    LIMITER,
    METER,
    NAMES,
    PLANNER,
    SEARCH,
    SHIPPED,
    WRITER,
    at,
    of,
    with_value,
)

ONE_WRONG_VALUE = [
    # Keys of Serve's, at every level.
    ("proxy_locaton", "EveryNode", "did you mean proxy_location?"),
    ("http_options.prot", 8000, "unknown key; did you mean port?"),
    ("http_options.request_timeout", 60, "did you mean request_timeout_s?"),
    ("grpc_options.prot", 9001, "did you mean port?"),
    ("logging_config.log_levl", "INFO", "did you mean log_level?"),
    ("tracing_config.enable", True, "did you mean enabled?"),
    ("controller_options.runtime_envs", {}, "did you mean runtime_env?"),
    ("applications[0].arg", {}, "did you mean args?"),
    ("applications[0].route_prefx", "/", "did you mean route_prefix?"),
    ("applications[0].runtime_env.env_var", {"A": "b"}, "did you mean env_vars?"),
    ("applications[0].runtime_env.env_vars.RELEASES", "1", "did you mean RELEASE?"),
    ("applications[0].runtime_env.config.eager_instal", True, "did you mean eager_install?"),
    ("applications[0].logging_config.encodin", "JSON", "did you mean encoding?"),
    (of(EMBEDDER, "num_replica"), 1, "did you mean num_replicas?"),
    (of(EMBEDDER, "max_replica"), 1, "unknown key; did you mean"),
    (of(EMBEDDER, "ray_actor_options.num_gpu"), 1, "did you mean num_gpus?"),
    (of(EMBEDDER, "ray_actor_options.runtime_env"), {"env_var": {}}, None),
    (of(WRITER, "ray_actor_options.runtime_env.env_vars.LANCE_CPU_THREAD"), "1", "LANCE_CPU_TH"),
    (of(EMBEDDER, "autoscaling_config.target_ongoing_requestz"), 8, "target_ongoing_requests?"),
    (of(EMBEDDER, "autoscaling_config.max_replica"), 3, "did you mean max_replicas?"),
    (of(EMBEDDER, "autoscaling_config.policy.policy_functon"), "x", "policy_function?"),
    (of(EMBEDDER, "backpressure_config.retry_after"), 1, "did you mean retry_after_s?"),
    (of(EMBEDDER, "logging_config.log_levels"), "INFO", "did you mean log_level?"),
    (of(EMBEDDER, "request_router_config.request_router_clas"), "x", "request_router_class?"),
    (of(EMBEDDER, "gang_scheduling_config"), {"gang_size": 1, "gang_sizes": 1}, None),
    # Keys of ours.
    (f"{ARGS}.modle", {}, "did you mean model?"),
    (f"{ARGS}.model.modle", "x", "did you mean model?"),
    (f"{ARGS}.index.storage_options.regoin", "eu", "did you mean region?"),
    (f"{ARGS}.http.connections.most_per_sorce", 5, "did you mean most_per_source?"),
    (f"{ARGS}.identity.key_file", "x", "did you mean keys_file?"),
    (of(EMBEDDER, "user_config.max_batch"), 1, "did you mean max_batch_"),
    (of(INGRESS, "user_config.rate_limits.serch"), {"limit": 1}, "did you mean search?"),
    (of(INGRESS, "user_config.rate_limits.search.limits"), 1, "did you mean limit?"),
    (of(METER, "user_config.auto.eco_hours"), [1], "did you mean eco_hours_utc?"),
    (of(SEARCH, "user_config.memory.max_growth_mb"), 64, "did you mean max_growth_mib?"),
    # Values of Serve's.
    ("proxy_location", "EveryNod", "did you mean EveryNode?"),
    ("http_options.port", 99_999, "1 to 65535"),
    ("http_options.port", 0, "1 to 65535"),
    ("http_options.port", -1, "1 to 65535"),
    ("http_options.port", "8000", "valid integer, not text"),
    ("http_options.port", True, "not true"),
    ("http_options.port", 8000.5, "valid integer"),
    ("http_options.host", "127.0.0.300", "neither an address nor a name"),
    ("http_options.host", 127, "valid string, not the number 127"),
    ("http_options.keep_alive_timeout_s", -1, "not be negative"),
    ("http_options.request_timeout_s", float("nan"), "no number"),
    ("http_options.keep_alive_timeout_s", "yes", "valid integer, not text"),
    ("http_options", None, "keys and values, not nothing"),
    ("grpc_options.port", 8000, "http_options.port too"),
    ("grpc_options.port", 70_000, "1 to 65535"),
    ("grpc_options.grpc_servicer_functions", ["nowhere.at:all"], None),
    ("target_capacity", 101, "less than or equal to 100"),
    ("logging_config.log_level", "LOUD", "LOUD"),
    ("logging_config.encoding", "XML", "XML"),
    ("logging_config.enable_access_log", "no", "valid boolean, not text"),
    ("applications", [], "is empty"),
    ("applications", GONE, "is missing"),
    ("applications", {}, "is empty"),
    ("applications[0]", "graph:build", "keys and values, not text"),
    ("applications[0].name", "", "is empty"),
    ("applications[0].import_path", "graph:bild", "did you mean build?"),
    ("applications[0].import_path", "grahp:build", "did you mean graph?"),
    ("applications[0].import_path", "nowhere:app", "no module nowhere"),
    ("applications[0].import_path", "deployments.nowhere:app", "no module deployments.nowhere"),
    ("applications[0].import_path", "graph", "module:name"),
    ("applications[0].import_path", "graph:", "module:name"),
    ("applications[0].import_path", "graph:a:b", "module:name"),
    ("applications[0].import_path", GONE, "is missing"),
    ("applications[0].route_prefix", "search", "must start with"),
    ("applications[0].route_prefix", "/search/", "may not end"),
    ("applications[0].route_prefix", "/{id}", "wildcards"),
    ("applications[0].port", 8001, "http_options.port"),
    ("applications[0].runtime_env.env_vars.RELEASE", 0, "put it in quotes"),
    ("applications[0].runtime_env.env_vars", ["RELEASE=0"], "names and values"),
    ("applications[0].runtime_env.working_dir", "./here", "URI"),
    ("applications[0].runtime_env", None, "not nothing"),
    ("applications[0].deployments", None, "should be a list"),
    (of(EMBEDDER, "name"), "Embeder", "did you mean Embedder?"),
    (of(EMBEDDER, "name"), GONE, "is missing"),
    (of(SEARCH, "name"), "Embedder", None),
    (f"{DEPLOYED}[9]", {"name": "IndexWriter"}, None),
    (of(EMBEDDER, "max_ongoing_requests"), 0, "greater than 0"),
    (of(EMBEDDER, "max_ongoing_requests"), "128", "valid integer, not text"),
    (of(EMBEDDER, "max_ongoing_requests"), True, "valid integer, not true"),
    (of(EMBEDDER, "max_queued_requests"), 0, "at least 1"),
    (of(EMBEDDER, "max_queued_requests"), -2, "at least 1"),
    (of(EMBEDDER, "max_surge_percent"), 101, "less than or equal to 100"),
    (of(EMBEDDER, "max_replicas_per_node"), 0, "from 1 to"),
    (of(EMBEDDER, "health_check_period_s"), 0, "greater than 0"),
    (of(EMBEDDER, "health_check_period_s"), float("inf"), "no number"),
    (of(EMBEDDER, "graceful_shutdown_timeout_s"), -1, "greater than or equal to 0"),
    (of(EMBEDDER, "rolling_update_percentage"), 20, "less than or equal to 1"),
    (of(EMBEDDER, "num_replicas"), 2, "num_replicas"),
    (of(PLANNER, "num_replicas"), 0, "greater than 0"),
    (of(PLANNER, "num_replicas"), "one", "auto"),
    (of(PLANNER, "num_replicas"), True, "true"),
    (of(EMBEDDER, "backpressure_config.status_code"), 500, "503"),
    (of(EMBEDDER, "backpressure_config.retry_after_s"), -1, "greater than or equal to 0"),
    (of(EMBEDDER, "placement_group_strategy"), "PAK", "did you mean PACK?"),
    (of(EMBEDDER, "ray_actor_options"), None, "not nothing"),
    (of(EMBEDDER, "ray_actor_options.num_cpus"), -1, "greater than or equal to 0"),
    (of(EMBEDDER, "ray_actor_options.num_cpus"), "0.5", "valid number, not text"),
    (of(EMBEDDER, "ray_actor_options.num_cpus"), 0.00001, "0.0001"),
    (of(EMBEDDER, "ray_actor_options.num_gpus"), 1.5, "GPU"),
    (of(EMBEDDER, "ray_actor_options.num_gpus"), True, "valid number, not true"),
    (of(EMBEDDER, "ray_actor_options.resources.tpu"), "2", "should be a number"),
    (of(EMBEDDER, "ray_actor_options.resources.tpu"), -2, "not negative"),
    (of(EMBEDDER, "autoscaling_config.max_replicas"), 0, "greater than 0"),
    (of(EMBEDDER, "autoscaling_config.min_replicas"), -1, "greater than or equal to 0"),
    (of(EMBEDDER, "autoscaling_config.max_replicas"), 0.5, "integer"),
    (of(EMBEDDER, "autoscaling_config.target_ongoing_requests"), 0, "greater than 0"),
    (of(EMBEDDER, "autoscaling_config.target_ongoing_requests"), "8", "valid number, not text"),
    (of(EMBEDDER, "autoscaling_config.upscale_delay_s"), -3, "greater than or equal to 0"),
    (of(EMBEDDER, "autoscaling_config.aggregation_function"), "median", "median"),
    (of(EMBEDDER, "autoscaling_config"), "auto", "keys and values, not text"),
    (
        of(EMBEDDER, "autoscaling_config.policy.policy_function"),
        "deployments.autoscaling.SloPolicie",
        "did you mean SloPolicy?",
    ),
    (of(EMBEDDER, "autoscaling_config.policy.policy_function"), "nowhere.Policy", "no module"),
    (of(EMBEDDER, "request_router_config.request_router_class"), "ray.serve.nowhere.R", "module"),
    ("http_options.host", "local host", "neither an address nor a name"),
    ("http_options.root_path", "serve", "begin with /"),
    ("http_options.request_timeout_s", 0, "greater than 0"),
    (of(EMBEDDER, "autoscaling_config.look_back_period_s"), 1, "must be greater than"),
    (
        of(EMBEDDER, "autoscaling_config.policy.policy_function"),
        "deployments.autoscaling.MEMORY",
        "no function",
    ),
    (of(EMBEDDER, "ray_actor_options.accelerator_type"), "H20O", "did you mean H200?"),
    (f"{ARGS}.model", {"model": "hf-hub:a/b", "pretrained": "openai"}, None),
    (f"{ARGS}.limiter.redis_url", "http://127.0.0.1", "redis://"),
    (of(INGRESS, "user_config.overload.max_concurrent_requests"), 5000, "at most max_ongoing"),
    # Names that end up in other programs' files, and what leaves nothing to ask.
    ("applications[0].name", "brain wav", "letters"),
    ("applications[0].name", "a#b", "letters"),
    ("applications[0].name", "a/b", "letters"),
    ("applications[0].name", " ", "letters"),
    ("applications[0].name", "a\nb", "letters"),
    ("applications[0].route_prefix", "/a b", "letters"),
    ("applications[0].route_prefix", "/a//b", "letters"),
    ("applications[0].route_prefix", "/a?b", "letters"),
    ("applications[0].route_prefix", "/ä", "letters"),
    ("applications[0].route_prefix", None, "nothing would answer"),
    ("proxy_location", "Disabled", "nothing would answer"),
    ("target_capacity", 0, "no replica"),
    ("http_options.host", "[::1", "neither an address nor a name"),
    ("http_options.host", "::1]", "neither an address nor a name"),
    ("http_options.root_path", "/x/", "letters"),
    ("http_options.root_path", "/x y", "letters"),
    ("applications[0].runtime_env.env_vars.A=B", "x", "no name"),
    ("applications[0].runtime_env.env_vars.A B", "x", "no name"),
    ("applications[0].runtime_env.env_vars.A", "x\0y", "ends at"),
    ("applications[0].runtime_env.env_vars.FORWARDED_ALLOW_IPS", "*", "trusted_proxies"),
    (
        of(WRITER, "ray_actor_options.runtime_env.env_vars.FORWARDED_ALLOW_IPS"),
        "127.0.0.1",
        "empty",
    ),
    ("applications[0].runtime_env.py_executable", 5, "text"),
    (of(EMBEDDER, "placement_group_bundles"), [], "bundle"),
    (of(EMBEDDER, "placement_group_bundles"), [{}], "undle"),
    (of(EMBEDDER, "placement_group_bundles"), [{"CPU": 0}], "undle"),
    (of(EMBEDDER, "placement_group_bundles"), [{"CPU": 0.1}], "first bundle"),
    (of(EMBEDDER, "placement_group_strategy"), "SPREAD", "placement_group_bundles"),
    (of(EMBEDDER, "request_router_config.initial_backoff_s"), 9, "max_backoff_s"),
    (f"{ARGS}.model.sha256", "a" * 63, "pattern"),
    (f"{ARGS}.llm", {"base_url": "http://", "model": "m"}, "base_url: has no host"),
    (f"{ARGS}.llm", {"base_url": "http://127.0.0.1:99999", "model": "m"}, "base_url: "),
    (f"{ARGS}.energy.electricity_maps", {"zone": "DE", "url": "https://"}, "url: has no host"),
    (of(METER, "user_config.auto.latency_objectives_s./serch"), 0.2, "did you mean /search?"),
    (of(METER, "user_config.auto.latency_objectives_s.search"), 0.3, "did you mean /search?"),
    (of(INGRESS, "user_config.model_aliases.a"), "a", "another alias"),
    (of(INGRESS, "user_config.model_aliases.text"), "joint", "has a meaning"),
    (of(WRITER, "user_config.other_indexes"), [{"uri": "relative"}], "whole"),
    (f"{ARGS}.identity.trusted_proxies", ["10.0.0.1", "0.0.0.0/0"], "every client"),
    (f"{ARGS}.identity.trusted_proxies", ["::/0"], "every client"),
    # One of each, and no two at once.
    (of(WRITER, "num_replicas"), 2, "IndexWriter is one"),
    (of(HUB, "num_replicas"), 3, "MetricsHub is one"),
    (of(LIMITER, "num_replicas"), 2, "RateLimiter is one"),
    (of(PLANNER, "num_replicas"), 2, "Planner is one"),
    (of(WRITER, "num_replicas"), "auto", "is not scaled"),
    (of(WRITER, "max_surge_percent"), 100, "must not overlap"),
    (of(METER, "max_replicas_per_node"), 2, "one a node"),
    # Values of ours.
    (f"{ARGS}.model.model", "ViT-B-99", "did you mean ViT-B-"),
    (f"{ARGS}.model.model", "brainwav-demos", "did you mean brainwav-demo?"),
    (f"{ARGS}.model.model", "hf-hub:onlyname", None),
    (f"{ARGS}.model.model", "local-dir:/nowhere/at/all", "no folder"),
    (f"{ARGS}.model.pretrained", "openai", "carries its weights"),
    (f"{ARGS}.model.precision", "fp16", "should be"),
    (f"{ARGS}.model.threads", 0, "greater than or equal to 1"),
    (f"{ARGS}.model.threads", "al", "did you mean all?"),
    (f"{ARGS}.model.sha256", "abc", "pattern"),
    (f"{ARGS}.model.sha256", "a" * 64, "demo_image_tower.safetensors has"),
    (f"{ARGS}.text_model", {"modle": "hf-hub:a/b"}, None),
    (f"{ARGS}.text_model.model", "intfloat/e5-small", "begin with hf-hub:"),
    (f"{ARGS}.text_model.model", "hf-hub:onlyname", "organisation/repository"),
    (f"{ARGS}.text_model.model", "local-dir:/nowhere/at/all", "no folder"),
    (f"{ARGS}.text_model.model", "multilingual-e5-small", "multilingual-e5-small-4bit"),
    (
        f"{ARGS}.text_model",
        {"model": "multilingual-e5-small-4bit", "pooling": "cls"},
        "pooling: is not read",
    ),
    (f"{ARGS}.index.uri", "", "is empty"),
    (f"{ARGS}.index.uri", "s3:/bucket/path", "would be a folder"),
    (f"{ARGS}.index.uri", "s4://bucket/path", "s3"),
    (f"{ARGS}.index.max_fields", 0, "greater than or equal to 1"),
    (f"{ARGS}.index.storage_options.allow_http", True, "valid string, not true"),
    (f"{ARGS}.identity.trusted_proxies", "127.0.0.1", "should be a list, not text"),
    (f"{ARGS}.identity.trusted_proxies", ["127.0.0.500"], "127.0.0.500"),
    (f"{ARGS}.identity.keys_file", True, "valid string"),
    (f"{ARGS}.http.cors_origins", ["shop.example"], "shop.example"),
    (f"{ARGS}.http.connections.stalled_s", -1, "greater than or equal to 1"),
    (f"{ARGS}.energy.country", "DEX", "no intensity"),
    (f"{ARGS}.energy.country", False, "quotes make it text"),
    (f"{ARGS}.energy.source", "linaer", "did you mean linear?"),
    (f"{ARGS}.energy.pue", 0.5, "greater than or equal to 1"),
    (f"{ARGS}.energy.intensity_file", "nowhere.csv", "there is no file"),
    (f"{ARGS}.slo.file", "nowhere.yaml", "nowhere.yaml"),
    (f"{ARGS}.llm", {"model": "m"}, None),
    (f"{ARGS}.llm", {"base_url": "http://127.0.0.1:1/v1", "modle": "m"}, None),
    (ARGS, [], "keys and values, not a list"),
    (of(EMBEDDER, "user_config.max_batch_items"), 0, "greater than or equal to 1"),
    (of(EMBEDDER, "user_config.max_batch_items"), "32", "valid integer, not text"),
    (of(EMBEDDER, "user_config.max_batch_items"), True, "valid integer, not true"),
    (of(EMBEDDER, "user_config.memory.max_growth_mib"), 1, "greater than or equal to 64"),
    (of(INGRESS, "user_config.read_deadline_s"), -1, "greater than 0"),
    (of(INGRESS, "user_config.heartbeat_s"), 90, "stalled_s"),
    (of(INGRESS, "user_config.rate_limits.search.limit"), 0, "greater than or equal to 1"),
    (of(INGRESS, "user_config.rate_limits.least_replicas"), 1, "there may be 2"),
    (of(INGRESS, "user_config.rate_limits.refuse_when_degraded"), ["plans"], None),
    (of(METER, "user_config.mode"), "ecco", "did you mean eco?"),
    (of(METER, "user_config.auto.eco_hours_utc"), [25], None),
    (of(METER, "user_config.auto.latency_objectives_s"), {"/search": -1}, None),
    (of(WRITER, "user_config.paused_until"), "tomorrow", "datetime"),
    (of(SEARCH, "user_config"), "none", "keys and values, not text"),
    (of(SEARCH, "user_config.other_indexes"), [{"url": "x"}], None),
]
"""Place, value and a word of the finding at that place; None: the finding is deeper, see below."""

DEEPER = {
    of(EMBEDDER, "ray_actor_options.runtime_env"): (".env_var", "did you mean env_vars?"),
    of(EMBEDDER, "gang_scheduling_config"): (".gang_sizes", "did you mean gang_size?"),
    "grpc_options.grpc_servicer_functions": ("[0]", "no module nowhere"),
    of(SEARCH, "name"): ("", "'Embedder' is listed twice"),
    f"{DEPLOYED}[9]": (".name", "'IndexWriter' is listed twice, first at [5]"),
    f"{ARGS}.model.model": ("", "organisation/repository"),
    f"{ARGS}.model": (".pretrained", "is not read for hf-hub:"),
    f"{ARGS}.text_model": (".modle", "did you mean model?"),
    f"{ARGS}.llm": (".", "missing"),
    of(INGRESS, "user_config.rate_limits.refuse_when_degraded"): ("[0]", "did you mean plan?"),
    of(METER, "user_config.auto.eco_hours_utc"): ("[0]", "less than or equal to 23"),
    of(METER, "user_config.auto.latency_objectives_s"): ("./search", "greater than 0"),
    of(SEARCH, "user_config.other_indexes"): ("[0].url", "did you mean uri?"),
}


def test_the_table_is_long_enough() -> None:
    """Nested keys, values and names; each row is one mistake."""
    assert len(ONE_WRONG_VALUE) >= 100
    assert NAMES[WRITER] == "IndexWriter"
    assert NAMES[LIMITER] == "RateLimiter"


@pytest.mark.parametrize(
    ("place", "value", "word"),
    ONE_WRONG_VALUE,
    ids=[f"{place}={value!r:.20}" for place, value, _ in ONE_WRONG_VALUE],
)
def test_a_mistake_is_told_with_its_place(place: str, value: Any, word: str | None) -> None:
    """The line begins with the place and says what is wrong."""
    found = list(config.check(with_value(place, value)))
    if word is None:
        deeper, word = DEEPER[place]
        place += deeper
    assert any(line.startswith(place) and word in line for line in found), found
    assert "\n" not in "".join(found)
    assert max(map(len, found)) < 600


def test_values_that_disagree_are_told_at_one_of_them() -> None:
    """Each is right by itself."""
    scaling = of(EMBEDDER, "autoscaling_config")
    changed = with_value(scaling, {"min_replicas": 9, "max_replicas": 2})
    [found] = config.check(changed)
    assert found.startswith(f"{scaling}.max_replicas: ")
    assert "min_replicas (9)" in found
    changed = with_value(scaling, {"initial_replicas": 9, "max_replicas": 2})
    assert any(line.startswith(scaling) and "(9)" in line for line in config.check(changed))
    changed = with_value(of(WRITER, "autoscaling_config"), {"min_replicas": 1})
    place = of(WRITER, "num_replicas")
    assert any(line.startswith(place) for line in config.check(changed))


def test_a_service_of_one_place_alone_is_listed_once() -> None:
    """Two applications of ours over one index are two writers; names and routes are told too."""
    found = list(config.check(SHIPPED | {"applications": [APP, APP]}))
    places = [line.split(": ")[0] for line in found]
    second = "applications[1]"
    assert places == [f"{second}.name", f"{second}.route_prefix", f"{second}.args.index.uri"]
    other = APP | {"name": "b", "route_prefix": "/b"}
    other["args"] = APP["args"] | {"index": {"uri": ".brainwav/b/index"}}
    assert list(config.check(SHIPPED | {"applications": [APP, other]})) == []


def test_what_is_missing_is_named() -> None:
    """Serve would run it with a whole CPU, without bounds."""
    changed = deepcopy(SHIPPED)
    del changed["applications"][0]["deployments"][HUB]
    del changed["applications"][0]["deployments"][WRITER]
    [found] = config.check(changed)
    assert found.startswith("applications[0].deployments: IndexWriter, MetricsHub missing")
    del changed["applications"][0]["deployments"]
    [found] = config.check(changed)
    assert found.startswith("applications[0].deployments: Embedder, HybridSearch, IndexWriter")


def test_buckets_in_redis_leave_no_rate_limiter() -> None:
    """The graph builds none then, and Serve would refuse to set it up."""
    changed = with_value(f"{ARGS}.limiter", {"redis_url": "redis://127.0.0.1:1/0"})
    [found] = config.check(changed)
    assert found.startswith(of(LIMITER, "name"))
    del changed["applications"][0]["deployments"][LIMITER]
    assert list(config.check(changed)) == []


def test_an_open_clip_model_needs_weights_that_it_has() -> None:
    """Known from open_clip's files, without loading torch."""
    place = f"{ARGS}.model.pretrained"
    for weights, word in [
        (None, "is missing: a tag"),
        (None, "(`brainwav models ViT-B-32/`)"),
        ("laion2b_s34b_b79j", "did you mean laion2b_s34b_b79k?"),
        ("nowhere.safetensors", "there is no file"),
    ]:
        changed = with_value(f"{ARGS}.model", {"model": "ViT-B-32", "pretrained": weights})
        [found] = config.check(changed)
        assert found.startswith(place)
        assert word in found
        # Some have forty tags; it is one line all the same.
        assert len(found) < 500
    random = {"model": "ViT-B-32", "pretrained": "random", "sha256": "a" * 64}
    [found] = config.check(with_value(f"{ARGS}.model", random))
    assert found.startswith(f"{ARGS}.model.sha256: ")
    for weights in ("laion2b_s34b_b79k", "laion2b-s34b-b79k", "random"):
        changed = with_value(f"{ARGS}.model", {"model": "ViT-B-32", "pretrained": weights})
        assert list(config.check(changed)) == []
    changed = with_value(f"{ARGS}.model", {"model": "hf-hub:apple/MobileCLIP-S2-OpenCLIP"})
    assert list(config.check(changed)) == []


def test_a_policy_of_ours_is_checked_to_its_arguments() -> None:
    """The one of `docs/explanation/scaling.md` passes; unknown names and numbers are told."""
    place = of(EMBEDDER, "autoscaling_config.policy")
    good = {
        "policy_function": "deployments.autoscaling.SloPolicy",
        "policy_kwargs": {"full": 8, "target": 0.95, "eco": 0.5},
    }
    assert list(config.check(with_value(place, good))) == []
    for key, value, word in [
        ("targt", 0.9, "did you mean target?"),
        ("full", "8", "valid number, not text"),
        ("calm_s", -1, "not be negative"),
    ]:
        [found] = config.check(with_value(place, {**good, "policy_kwargs": {key: value}}))
        assert found.startswith(f"{place}.policy_kwargs.{key}: ")
        assert word in found


def test_all_mistakes_are_told_at_once() -> None:
    """Twenty in one file are twenty lines: nobody mends a file one start at a time."""
    rows = [row for row in ONE_WRONG_VALUE if row[2] is not None and row[1] is not GONE]
    chosen: dict[str, Any] = {}
    for place, value, _ in rows[7::4]:
        if not any(place.startswith(other) or other.startswith(place) for other in chosen):
            chosen[place] = value
    chosen.pop("applications", None)
    assert len(chosen) >= 20
    changed = deepcopy(SHIPPED)
    for place, value in chosen.items():
        *way, last = at(place)
        inner: Any = changed
        for part in way:
            inner = inner.setdefault(part, {}) if isinstance(inner, dict) else inner[part]
        inner[last] = value
    told = [line.split(": ")[0] for line in config.check(changed)]
    assert set(chosen) - set(told) == set()


def test_secrets_are_not_repeated() -> None:
    """What is told ends in logs."""
    for place, value in [
        (f"{ARGS}.index.storage_options.secret_access_key", ["hunter2"]),
        ("http_options.ssl_keyfile_password", ["hunter2"]),
        ("http_options.request_timeout_s", "hunter2"),
    ]:
        found = list(config.check(with_value(place, value)))
        assert any(line.startswith(place) for line in found)
        assert "hunter2" not in str(found)
