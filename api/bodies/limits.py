"""What one request may hold; changeable while the service runs."""

from pydantic import BaseModel, ConfigDict, Field

from api.access.route_rules import BodySize
from api.bodies.json_shape import ShapeBounds
from api.bodies.picture_urls import PictureUrls

MIB = 1024 * 1024


class RequestLimits(BaseModel):
    """Caps of the ingress; a request over one gets a 4xx that names the cap."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_body_bytes: int = Field(default=64 * MIB, ge=1024)
    """Of any body, enforced while it is read."""
    max_picture_body_bytes: int = Field(default=24 * MIB, ge=1024)
    """Of a body that carries one picture in base64, or a plan that is sent back."""
    max_small_body_bytes: int = Field(default=MIB, ge=1024)
    """Of a body that carries neither pictures nor documents."""
    large_body_wait_s: float = Field(default=0.5, gt=0)
    """Large bodies are read one after another (``api.bodies.reading_turns``); one that has waited
    so long for the others of its size is answered 503."""
    max_json_values: int = Field(default=100_000, ge=100)
    """Values of a JSON body, counted while it is read; names of members are not counted."""
    max_small_json_values: int = Field(default=20_000, ge=100)
    """The same of a body that carries neither pictures nor documents."""
    max_json_depth: int = Field(default=32, ge=8, le=128)
    """Lists and objects of a JSON body within each other."""
    max_embed_items: int = Field(default=2048, ge=1)
    """Items of one embedding request."""
    max_documents: int = Field(default=1000, ge=1)
    """Documents of one write."""
    job_after_s: float = Field(default=20.0, gt=0)
    """A write that is expected to take longer becomes a job (202), unless `Prefer: wait=` gives it
    more; so does one of which half the request's deadline would be gone."""
    max_text_characters: int = Field(default=100_000, ge=1)
    """Characters of one text to embed, and of a text that is shown in a list."""
    max_document_bytes: int = Field(default=MIB, ge=1)
    """Bytes of a document's text in UTF-8."""
    max_query_characters: int = Field(default=4_000, ge=1)
    """Characters of a search query."""
    max_picture_bytes: int = Field(default=16 * MIB, ge=1)
    """Bytes of one picture."""
    max_file_bytes: int = Field(default=32 * MIB, ge=1)
    """Bytes of one uploaded document, such as a PDF."""
    max_page: int = Field(default=200, ge=1)
    """Results or documents of one page."""
    picture_urls: PictureUrls = Field(default_factory=PictureUrls)
    """Pictures by URL; off unless hosts are listed."""

    def body_bytes(self, body: BodySize) -> int:
        """Return the most bytes a body of this class may have."""
        most = {
            "small": self.max_small_body_bytes,
            "picture": self.max_picture_body_bytes,
            "batch": self.max_body_bytes,
        }
        return min(most[body], self.max_body_bytes)

    @property
    def item_bytes(self) -> int:
        """The most bytes one string or item of a JSON body may have: a picture and its words."""
        return self.max_picture_body_bytes

    def shape(self, body: BodySize) -> ShapeBounds:
        """Return what a JSON body of this class may hold."""
        values = self.max_small_json_values if body == "small" else self.max_json_values
        return ShapeBounds(values, self.max_json_depth, self.item_bytes)
