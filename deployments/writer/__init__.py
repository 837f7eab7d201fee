"""Parts of the IndexWriter deployment."""

DOORS = ("books",)
