"""Where a bulk job's items come from, cut into shards."""

DOORS = ("columns", "content", "folder_files", "items", "open", "shards")
