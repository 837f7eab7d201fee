"""Plan a goal on a running service: watch the tree of thoughts grow, then read what was found."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO

import click
import httpx

from deployments.commands.base import Command, CommandFailed, home_option
from deployments.commands.client.plan_stream import PlanFailed, StreamedEvent, follow_run
from deployments.commands.client.plan_tree import ThoughtTree
from deployments.commands.service import service_of, url_option

BOUNDS = tuple(
    """max_nodes max_depth beam_width branching level_width max_tool_calls max_tokens
    deadline_ms""".split()
)
SHOWN_CHARACTERS = 72
NAME_FIELDS = ("title", "name")


class CancellingCommand(Command):
    """Says what an interruption does to the run."""

    interrupted = "given up; the service cancels the run"


def _bound_options(function: Callable[..., None]) -> Callable[..., None]:
    for bound in reversed(BOUNDS):
        name = f"--{bound.replace('_', '-')}"
        function = click.option(name, type=int, metavar="N", help="Of the run's budget.")(function)
    return function


@click.command(cls=CancellingCommand)
@click.argument("goal")
@home_option
@url_option
@click.option("--namespace", default="demo", show_default=True)
@click.option(
    "--strategy",
    default="auto",
    show_default=True,
    help="auto, single, cot, tot, tot_bfs or tot_dfs.",
)
@click.option(
    "--engine", type=click.Choice(["auto", "embedded", "llm"]), default="auto", show_default=True
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Results, or combinations.",
)
@click.option("--json", is_flag=True, help="Print the whole answer as JSON.")
@click.option("--reflect", is_flag=True, help="Look at the plan again afterwards.")
@_bound_options
def command(home: Path, url: str | None, **options: Any) -> None:
    """Plan GOAL and watch the tree of thoughts grow.

    GOAL is such as "a striped mug and a lamp of the same colour".
    """
    args = SimpleNamespace(**options)
    service = service_of(home, url)
    service.announce()
    # Longer than a heartbeat's silence; the service itself ends a run at its deadline.
    with service.client(timeout_s=30) as client:
        try:
            answer = watch(client, body_of(args), Screen(sys.stderr))
            if args.json:
                json.dump(answer, sys.stdout, indent=2)
                print()
            else:
                show(answer, sys.stdout)
            if args.reflect:
                show_reflection(reflect(client, args, answer), sys.stdout)
        except (PlanFailed, httpx.HTTPError) as error:
            raise CommandFailed(f"{service.url}: {error}") from error


def body_of(args: SimpleNamespace) -> dict[str, Any]:
    """Return the body of the plan request; bounds that were not given keep their default."""
    given = {bound: getattr(args, bound) for bound in BOUNDS}
    return {
        "goal": args.goal,
        "namespace": args.namespace,
        "strategy": args.strategy,
        "engine": args.engine,
        "limit": args.limit,
        "budget": {bound: value for bound, value in given.items() if value is not None},
        "stream": True,
    }


class Screen:
    """Where progress goes: a tree drawn over and over on a terminal, a line a level elsewhere."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._live = file.isatty()
        self._drawn = 0

    def update(self, tree: ThoughtTree, told: StreamedEvent) -> None:
        """Show what an event changed."""
        if self._live:
            size = shutil.get_terminal_size()
            lines = [*tree.lines(size.columns - 1), tree.progress()]
            # Lines that left the top of the window cannot be drawn over.
            self._redraw(lines[-(size.lines - 1) :])
        elif told.name == "budget":
            print(tree.progress(), file=self._file)

    def clear(self) -> None:
        """Take the live tree away; the answer draws it once more, whole."""
        if self._live:
            self._redraw([])

    def _redraw(self, lines: list[str]) -> None:
        up = f"\x1b[{self._drawn}F" if self._drawn else ""
        self._file.write(up + "\x1b[J" + "".join(f"{line}\n" for line in lines))
        self._file.flush()
        self._drawn = len(lines)


def watch(client: httpx.Client, body: Mapping[str, Any], screen: Screen) -> Mapping[str, Any]:
    """Follow a run to its end and return its answer.

    Raises:
        PlanFailed: As ``follow_run``.
    """
    tree = ThoughtTree()
    for told in follow_run(client, body):
        if told.name == "run.finished":
            screen.clear()
            return told.data
        tree.take(told.name, told.data)
        screen.update(tree, told)
    raise PlanFailed("the stream ended without an answer")


def show(answer: Mapping[str, Any], file: TextIO) -> None:
    """Print the tree, the plan, the results and what they cost."""
    columns = shutil.get_terminal_size().columns
    print("\n".join(ThoughtTree.of(answer).lines(columns)), file=file)
    print("\nplan", file=file)
    for step in answer["steps"]:
        inputs = f" <- {', '.join(step['inputs'])}" if step["inputs"] else ""
        found = f"{len(step['output_ids'])} documents" if not step.get("error") else step["error"]
        print(
            f"  {step['id']:<4}{step['tool']:<14}{step['status']:<8}{found}{inputs}: "
            f"{step['rationale']}"[:columns],
            file=file,
        )
    print("\nresults", file=file)
    for line in result_lines(answer, columns):
        print(line, file=file)
    for sentence in answer["summary"]:
        cited = f"[{sentence['document_id']}]"
        text = sentence["text"]
        print(f"  > {text if cited in text else f'{text} {cited}'}", file=file)
    for sentence in answer.get("explanation", ()):
        print(f"  {sentence}", file=file)
    usage = answer["usage"]
    print(
        f"\n{answer['stop_reason']}: score {answer['score']:.3f} by {answer['engine']}, "
        f"{usage['nodes']} thoughts, {usage['tool_calls']} calls, {usage['llm_tokens']} tokens, "
        f"{usage['wall_ms']:.0f} ms",
        file=file,
    )
    if answer["degraded"]:
        print(f"degraded: {answer['degraded_reason']}", file=file)


def result_lines(answer: Mapping[str, Any], columns: int) -> list[str]:
    """Return a line a result: what it is called, and the fields that the goal speaks of."""
    fields = fields_that_matter(answer)
    lines = []
    for result in answer["results"]:
        metadata = result.get("metadata") or {}
        text = " ".join((result.get("text") or "(a picture)").split())
        named = next((metadata[key] for key in NAME_FIELDS if metadata.get(key)), text)
        said = ", ".join(f"{key} {metadata[key]}" for key in fields if key in metadata)
        place = f"group {result['group'] + 1}, {result['slot']}: " if "group" in result else ""
        shown = f"{str(named)[:SHOWN_CHARACTERS]}{f'  ({said})' if said else ''}"
        lines.append(f"  {place}{result['id']}  {shown}"[:columns])
    return lines


def fields_that_matter(answer: Mapping[str, Any]) -> list[str]:
    """Return the metadata fields that a goal's conditions and relations are on, and the price."""
    grounded = [aspect.get("grounding") or {} for aspect in answer.get("aspects", ())]
    names = [str(item["field"]) for item in grounded if "field" in item]
    figure = answer.get("aggregate") or {}
    sorts = [step["args"].get("field") for step in answer["steps"] if step["tool"] == "sort"]
    wanted = [*names, figure.get("field"), *sorts, "price"]
    keys = [str(name).removeprefix("metadata.") for name in wanted if name]
    return [key for key in dict.fromkeys(keys) if key not in ("id", *NAME_FIELDS)]


def reflect(
    client: httpx.Client, args: SimpleNamespace, answer: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Send a plan back to be looked at.

    Raises:
        PlanFailed: Refused.
    """
    body = {"goal": args.goal, "namespace": args.namespace, "plan": dict(answer)}
    response = client.post("/agents/reflect", json=body)
    if not response.is_success:
        raise PlanFailed(f"{response.status_code}: {response.text[:300]}")
    return response.json()


def show_reflection(reflection: Mapping[str, Any], file: TextIO) -> None:
    """Print the quality of a plan and what is wrong with it."""
    verdict = "approved" if reflection["approved"] else "not approved"
    revised = "a revision was accepted" if reflection["accepted"] else "it stands as it is"
    print(
        f"\nreflection: quality {reflection['quality_score']:.2f}, {verdict}, {revised}", file=file
    )
    for issue in reflection["issues"]:
        print(
            f"  {issue['severity']:<5}{issue['code']} at {issue['where']}: {issue['message']}",
            file=file,
        )


if __name__ == "__main__":
    command()
