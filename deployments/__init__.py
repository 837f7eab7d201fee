"""Ray Serve shells round the pure packages: replicas, batching, threads; the one ray importer."""
