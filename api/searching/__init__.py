"""From a body of `/search` to what the index is asked, and from what it found to the answer."""

DOORS = ("answering", "batch", "costs")
