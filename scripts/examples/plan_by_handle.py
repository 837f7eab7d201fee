"""Plan from Python on the running cluster, without HTTP: the Planner by its Serve handle.

Batch jobs and other deployments do the same: an order, a handle, a deadline. Inside a
deployment the handle comes with `bind` or `serve.get_deployment_handle`, and nothing has to
be connected.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from deployments.bulk.connection import NoCluster, connect, prepare

PROJECT = Path(__file__).resolve().parents[2]
APPLICATION = "brainwav"


def main() -> None:
    """Plan one goal and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("goal")
    parser.add_argument("--namespace", default="demo")
    parser.add_argument("--strategy", default="tot")
    parser.add_argument("--state", type=Path, default=PROJECT / ".brainwav")
    parser.add_argument("--address", help="another cluster's GCS, or `auto` inside of one")
    args = parser.parse_args()
    try:
        connect(prepare(args.state, args.address))
    except NoCluster as error:
        sys.exit(f"brAInwav: {error}")
    asyncio.run(plan(args.goal, args.namespace, args.strategy))


async def plan(goal: str, namespace: str, strategy: str) -> None:
    """Send an order to the Planner and print the answer."""
    # Ray reads its environment when it is imported: only now is it as it has to be.
    from ray import serve

    from agents.budget import Budget
    from agents.requests import PlanRequest
    from api.plan_messages import PlanCommand
    from deployments.calls.call import call
    from deployments.planning.service import GRACE_S

    planner = serve.get_deployment_handle("Planner", APPLICATION)
    budget = Budget(deadline_ms=20_000)
    order = PlanCommand(PlanRequest(goal, strategy, namespace, budget=budget))
    # Cancelling this call, or letting its deadline pass, cancels every branch.
    answer = await call(planner, "plan", order, within_s=budget.deadline_ms / 1000 + GRACE_S)
    for result in answer["results"]:
        print(f"{result['score']:.3f}  {result['id']}  {(result['text'] or '')[:72]}")
    print(
        f"{answer['stop_reason']}, {answer['usage']['tool_calls']} calls, "
        f"{answer['usage']['wall_ms']:.0f} ms, tree {answer['tree']['hash']}"
    )


if __name__ == "__main__":
    main()
