"""What an Embedder replica does, without Ray: decoding, batching, caching, charging."""
