"""What one request may hold; changeable while the service runs."""

from pydantic import BaseModel, ConfigDict, Field

from api.picture_urls import PictureUrls

MIB = 1024 * 1024


class RequestLimits(BaseModel):
    """Caps of the ingress; a request over one gets a 4xx that names the cap."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_body_bytes: int = Field(default=64 * MIB, ge=1024)
    """Enforced while the body is read."""
    max_embed_items: int = Field(default=256, ge=1)
    """Items of one embedding request."""
    max_documents: int = Field(default=1000, ge=1)
    """Documents of one write."""
    max_text_characters: int = Field(default=100_000, ge=1)
    """Characters of one text to embed or store."""
    max_query_characters: int = Field(default=4_000, ge=1)
    """Characters of a search query."""
    max_picture_bytes: int = Field(default=16 * MIB, ge=1)
    """Bytes of one picture."""
    max_page: int = Field(default=200, ge=1)
    """Results or documents of one page."""
    picture_urls: PictureUrls = Field(default_factory=PictureUrls)
    """Pictures by URL; off unless hosts are listed."""
