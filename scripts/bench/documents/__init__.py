"""Documents of many producers, and ones made to hurt."""
