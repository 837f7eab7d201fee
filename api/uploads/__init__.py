"""Uploaded files: what they are, and who gets the text out of them."""
