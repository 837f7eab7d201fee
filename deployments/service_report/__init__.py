"""What a service is and did, on one page that is one file: gathered, arranged, written."""

DOORS = ("gathered", "page", "paper")
