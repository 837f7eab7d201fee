"""The search over thoughts: chains and trees, branch by branch, within a budget."""
