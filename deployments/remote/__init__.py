"""Deploying to a Ray cluster by its dashboard's address, with a gate and a way back."""
