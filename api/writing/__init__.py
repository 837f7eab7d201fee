"""From a body's documents to written ones: drafts, their vectors, one commit."""

DOORS = ("document_drafts", "document_writer")
