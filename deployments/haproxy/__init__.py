"""What we add to the HAProxy that Ray Serve starts."""
