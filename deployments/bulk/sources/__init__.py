"""Where a bulk job's items come from, cut into shards."""

DOORS = ("columns", "content", "items", "open", "shards")
