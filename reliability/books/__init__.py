"""What must be known of writes later: whose they are, which were done, who did what."""
