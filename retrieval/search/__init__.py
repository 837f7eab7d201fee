"""Searching as arithmetic: what is asked, how lists are ranked, calibrated and fused."""
