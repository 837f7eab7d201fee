"""How long a person waits in the console, measured in a browser against a running service."""
