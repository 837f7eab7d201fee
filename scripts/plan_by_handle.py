"""Plan from Python on the running cluster, without HTTP: the Planner by its Serve handle.

Batch jobs and other deployments do the same: an order, a handle, a deadline. Inside a
deployment the handle comes with `bind` or `serve.get_deployment_handle`, and nothing of
`connect` is needed.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from deployments.local import cluster  # noqa: E402  (after the path, like all that follow)
from deployments.local.environment import MARK, ray_environment  # noqa: E402

APPLICATION = "brainwav"


def main() -> None:
    """Plan one goal and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("goal")
    parser.add_argument("--namespace", default="demo")
    parser.add_argument("--strategy", default="tot")
    parser.add_argument("--state", type=Path, default=PROJECT / ".brainwav")
    args = parser.parse_args()
    connect(args.state)
    asyncio.run(plan(args.goal, args.namespace, args.strategy))


def connect(state: Path) -> None:
    """Join the cluster that `make up` started; begins anew with its environment if need be."""
    running = cluster.recorded(state)
    if running is None:
        sys.exit("brAInwav: nothing is running; `make up` starts it")
    wanted = ray_environment(PROJECT, state, running.instance, running.ports)
    # By this mark `make down` finds what it started; this process is not of it.
    del wanted[MARK]
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        # Ray and Serve read these when they are imported.
        os.execve(sys.executable, [sys.executable, *sys.argv], wanted)

    import ray

    ray.init(address=f"127.0.0.1:{running.ports.gcs}", log_to_driver=False, logging_level="ERROR")


async def plan(goal: str, namespace: str, strategy: str) -> None:
    """Send an order to the Planner and print the answer."""
    from ray import serve

    from agents.budget import Budget
    from agents.planner import PlanRequest
    from api.plan_orders import PlanOrder
    from deployments.planning import GRACE_S
    from deployments.ray_calls import call

    planner = serve.get_deployment_handle("Planner", APPLICATION)
    budget = Budget(max_tool_calls=20, deadline_ms=5000)
    order = PlanOrder(PlanRequest(goal, strategy, namespace, budget=budget))
    # Cancelling this call, or letting its deadline pass, cancels every branch.
    answer = await call(planner, "plan", order, within_s=budget.deadline_ms / 1000 + GRACE_S)
    for result in answer["results"]:
        print(f"{result['score']:.3f}  {result['id']}  {(result['text'] or '')[:72]}")
    print(f"{answer['stop_reason']}, {answer['usage']['tool_calls']} calls, "
          f"{answer['usage']['wall_ms']:.0f} ms, tree {answer['tree']['hash']}")  # fmt: skip


if __name__ == "__main__":
    main()
