"""Towers: the models that turn prepared texts and pictures into vectors."""

DOORS = ("demo_photographs", "demo_picture", "minilm", "nano_e5", "open_clip", "sentence")
