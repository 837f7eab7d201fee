"""What the work costs in joules and grams, measured, shared out and reduced; no Ray, no HTTP."""
