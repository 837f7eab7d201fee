"""Joules measured, shared out by work, and kept."""
