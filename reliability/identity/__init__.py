"""Who sends a request: API keys, and addresses behind proxies."""
