"""From a picture file to a model's pixels, without torch."""
