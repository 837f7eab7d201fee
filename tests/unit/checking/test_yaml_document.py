"""What YAML reads otherwise than it looks is told with its place."""

from pathlib import Path

import pytest

from deployments.checking import config

PROJECT = Path(__file__).resolve().parents[3]
SHIPPED = (PROJECT / "serve_config.yaml").read_text()


def told(folder: Path, text: str) -> list[str]:
    file = folder / "serve_config.yaml"
    file.write_text(text)
    with pytest.raises(config.ConfigError) as error:
        config.load(file)
    head, *lines = str(error.value).splitlines()
    assert head == f"{file}:"
    return [line.strip() for line in lines]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("  port: 8000", "  port: 8000\n  port: 8001", "http_options.port: stands twice, in lines"),
        ("  port: 8000", "  port: 017500", "http_options.port: YAML reads 017500 as 8000"),
        ("  port: 8000", "  port: 2:13:20", "http_options.port: YAML reads 2:13:20 as 8000"),
        ("  port: 8000", "  port: 8_000", "http_options.port: YAML reads 8_000 as 8000"),
        ("  port: 8000", "  port: .nan", "http_options.port: nan is no number"),
        ("  port: 8000", "  port: 2026-11-30", "http_options.port: YAML reads a date here"),
        ("  port: 8000", "  port: 8000\n  1: 2", "http_options.1: the key 1 is no text"),
        ("  host: 127.0.0.1", "  host: 2026-11-30", "http_options.host: YAML reads a date here"),
        ("  host: 127.0.0.1", "  host: !!set {a}", "http_options.host: YAML reads a set here"),
        ("  host: 127.0.0.1", "  host: !!binary aGk=", "http_options.host: YAML reads a bytes"),
        (
            "timeout_s: 600",
            "timeout_s: 10:00.5",
            "http_options.request_timeout_s: YAML reads 10:00",
        ),
        (
            "timeout_s: 600",
            "timeout_s: 6_00.5",
            "http_options.request_timeout_s: YAML reads 6_00.5",
        ),
        (
            "max_batch_items: 32",
            f"max_batch_items: {2**63}",
            "applications[0].deployments[1].user_config.max_batch_items: 92233720368547758",
        ),
        (
            "          <<: *fast",
            "          <<: *fast\n          <<: *fast",
            "applications[0].deployments[1].autoscaling_config.<<: stands twice",
        ),
        ("  host: 127.0.0.1", "  host: no", "http_options.host: should be a valid string, not fal"),
        ('RELEASE: "0"', "RELEASE: 0", "applications[0].runtime_env.env_vars.RELEASE: a variable"),
        (
            "user_config:\n          maint",
            "user_config:\n          a: &x [*x]\n          maint",
            "applications[0].deployments[5].user_config.a[0]: holds itself",
        ),
    ],
)
def test_it_is_told(tmp_path: Path, old: str, new: str, line: str) -> None:
    """Each is valid YAML, and something else than somebody meant."""
    assert old in SHIPPED
    assert any(each.startswith(line) for each in told(tmp_path, SHIPPED.replace(old, new, 1)))


@pytest.mark.parametrize("number", ["600", "600.5", "600.", ".5", "6.0e+2", "+600", "-0.0"])
def test_a_number_as_everybody_writes_it_is_none_of_these(tmp_path: Path, number: str) -> None:
    """Whatever else is wrong with it."""
    file = tmp_path / "serve_config.yaml"
    file.write_text(SHIPPED.replace("timeout_s: 600", f"timeout_s: {number}", 1))
    _, found = config.read(file)
    assert [str(each) for each in found if "YAML reads" in each.text] == []


def test_a_key_that_stands_twice_at_any_depth_is_told_with_both_lines(tmp_path: Path) -> None:
    """PyYAML takes the later one; so a queue of 512 became one of 5 in silence."""
    lines = ["a: 1", "applications:", "- name: x", "  args: {model: {a: 1, a: 2}}", "a: 2"]
    found = told(tmp_path, "\n".join(lines))
    assert "applications[0].args.model.a: stands twice, in lines 4 and 4" in found
    assert "a: stands twice, in lines 1 and 5" in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a: [", "line 1, column 5"),
        (b"a: 1\n\tb: 2", "line 2, column 1"),
        (b"a: 1\n---\nb: 2", "document"),
        (b"a: *nowhere", "undefined alias"),
        (b"a: !!python/object:os.system x", "could not determine a constructor"),
        (b"\xff\xfe\x00", "utf"),
        (b"[" * 5000, ""),
    ],
)
def test_what_is_no_yaml_is_one_line(tmp_path: Path, text: bytes, words: str) -> None:
    """With the place in the file, where there is one."""
    file = tmp_path / "serve_config.yaml"
    file.write_bytes(text)
    with pytest.raises(config.ConfigError) as error:
        config.load(file)
    said = str(error.value)
    assert words in said
    assert "\n" not in said


@pytest.mark.parametrize("text", ["", "# nothing\n", "just words", "- a\n- b", "3"])
def test_what_holds_no_keys_is_no_configuration(tmp_path: Path, text: str) -> None:
    """An empty file included."""
    assert told(tmp_path, text) == ["the document: the file holds no mapping"]


def test_aliases_without_end_are_refused_before_they_are_looked_at(tmp_path: Path) -> None:
    """Ten lines of them stand for ten billion values."""
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert any("more than 100000 values" in line for line in told(tmp_path, "\n".join(lines)))


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """A folder neither."""
    for path in (tmp_path / "no.yaml", tmp_path):
        with pytest.raises(config.ConfigError, match=r"[Nn]o such|directory"):
            config.load(path)
