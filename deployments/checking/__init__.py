"""What is wrong with a configuration, each fault with its place, before anything is started."""

DOORS = ("config", "hub_places", "known_models", "model_sizes")
