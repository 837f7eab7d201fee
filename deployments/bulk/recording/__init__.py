"""What bulk jobs note down, so that they can go on after a kill."""

DOORS = ("checkpoint", "known_files", "lines", "outcomes")
