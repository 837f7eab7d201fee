"""A service as its operators meet it: begun, looked at, deployed to and ended by commands."""
