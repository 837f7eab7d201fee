"""Tests: unit (pure), http (no Ray), serve (one shared cluster)."""
