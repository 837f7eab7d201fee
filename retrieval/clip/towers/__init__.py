"""Towers: the models that turn prepared texts and pictures into vectors."""
