"""What Planner and ThoughtBranch do, without Ray."""
