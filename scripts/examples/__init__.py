"""Small programs that use the service as others would."""
