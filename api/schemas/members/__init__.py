"""Members that bodies and answers have, where they are more than a line."""
