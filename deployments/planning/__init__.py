"""What Planner and ThoughtBranch do, without Ray."""

DOORS = ("branch_service", "engines", "metrics", "remote_branches", "service", "thinking")
