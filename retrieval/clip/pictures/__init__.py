"""From a picture file to a model's pixels, without torch."""

DOORS = ("decode", "decode_worker", "geometry", "metadata", "recipe", "side_by_side", "thumbnail")
