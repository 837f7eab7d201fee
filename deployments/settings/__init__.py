"""What a configuration may say of the service, and where it keeps its files."""
