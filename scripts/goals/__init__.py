"""What a planner is judged by: goals in people's words over four tables, answers by brute force."""
