"""Calls from one deployment to another: whose request, how long, which errors come back."""
