"""What every replica does beside its work: numbers, log lines, memory, its end."""
