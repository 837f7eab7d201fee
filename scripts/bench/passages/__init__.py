"""Long texts: what is found of them, and what writing them costs others."""
