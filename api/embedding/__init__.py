"""From checked inputs to vectors, by the model that was named."""
