"""Towers: the models that turn prepared texts and pictures into vectors."""

DOORS = ("demo_picture", "minilm", "open_clip", "sentence")
