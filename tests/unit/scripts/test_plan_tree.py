"""`deployments/commands/client/plan_tree.py`: what a tree looks like in a terminal."""

from deployments.commands.client.plan_tree import ThoughtTree


def created(id: str, parent: str | None, kind: str = "bridge", why: str = "because") -> dict:
    return {"id": id, "parent": parent, "thought": {"kind": kind, "rationale": why}}


def grown() -> ThoughtTree:
    """A root, two children, one of them pruned, and a grandchild that is best."""
    tree = ThoughtTree()
    for event in (
        ("node.created", created("n0", None, "root", "the goal")),
        ("node.created", created("n1", "n0")),
        ("node.created", created("n2", "n0")),
        ("node.scored", {"id": "n1", "score": {"total": 1.25}}),
        ("node.scored", {"id": "n2", "score": {"total": 0.5}}),
        ("node.pruned", {"id": "n2", "status": "pruned", "reason": "not among the best 1"}),
        ("node.created", created("n3", "n1", "residual")),
        ("best.changed", {"id": "n3"}),
        ("budget", {"spent": {"tool_calls": 3}, "left": {"tool_calls": 37}}),
    ):
        tree.take(*event)
    return tree


def test_a_tree_is_drawn_with_the_way_to_its_best() -> None:
    """Every node under its parent, scores where they are known."""
    assert grown().lines() == [
        "* n0    …    root      the goal",
        "├─ * n1   1.25  bridge    because",
        "│  └─ * n3    …    residual  because",
        "└─ x n2   0.50  bridge    because  (not among the best 1)",
    ]


def test_progress_is_one_line() -> None:
    """How far it is, and what is left."""
    assert grown().progress() == "4 thoughts, 3 of 40 calls, best n3 at -"


def test_lines_are_cut_to_the_terminal() -> None:
    """A wrapped line would break the drawing."""
    assert max(len(line) for line in grown().lines(20)) == 20


def test_a_reader_that_came_late_still_sees_a_tree() -> None:
    """Parents it never heard of are left out; scores of unknown nodes are too."""
    tree = ThoughtTree()
    tree.take("node.scored", {"id": "n7", "score": {"total": 1.0}})
    tree.take("node.created", created("n9", "n7"))
    tree.take("best.changed", {"id": "n7"})
    assert len(tree.lines()) == 1
    assert tree.progress().startswith("1 thoughts")
