"""Formats of picture files: a walk through each that finds its parts and bounds its work."""

DOORS = (
    "avif_parts",
    "gif_parts",
    "ico_parts",
    "jpeg2000_parts",
    "jpeg_parts",
    "parts",
    "png_parts",
    "tiff_parts",
)
