"""One module for each group of routes; each offers ``router``."""
