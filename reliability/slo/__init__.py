"""What is promised of each route, and how much of it was kept."""

DOORS = ("file", "history", "objectives", "recorder", "rows", "tally", "tracker")
