"""What is promised of each route, and how much of it was kept."""
