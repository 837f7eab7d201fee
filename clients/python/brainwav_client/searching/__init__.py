"""Searching: what is asked, and how it is written."""
