"""Texts out of files: plain text, Markdown, HTML, PDF and DOCX, with pages and headings."""

DOORS = ("errors", "extracted", "kinds", "plain_text", "wire")
