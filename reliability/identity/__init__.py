"""Who sends a request: API keys, and addresses behind proxies."""

DOORS = ("api_keys", "client_address", "issued_key", "key_file", "public_address")
