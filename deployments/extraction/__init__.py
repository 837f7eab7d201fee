"""Files read in processes of their own: asked, timed, ended."""

DOORS = ("file_reader",)
