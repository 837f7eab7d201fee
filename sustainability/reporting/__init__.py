"""What is told of energy: reports, statements, metrics."""
