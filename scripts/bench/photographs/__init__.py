"""Text search over judged photographs, alone and beside drawn pictures."""
