"""What proposes and judges thoughts: the engine interface and the engine without an LLM."""
