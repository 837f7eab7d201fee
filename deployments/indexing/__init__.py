"""What the IndexWriter does, without Ray: writes in groups, pauses, maintenance, its books."""
