"""Small state that outlives its process: one transactional file for each component."""
