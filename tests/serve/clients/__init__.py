"""Clients made for OpenAI; `ask.py` and `ask.mjs` run in environments of their own."""
