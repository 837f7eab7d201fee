"""Uploaded files by their content: pictures as they are, texts and documents by what they say."""

from typing import Protocol

from fastapi import UploadFile

from api.errors import Unavailable
from retrieval.extraction.errors import UnreadableFile
from retrieval.extraction.extracted import Extracted
from retrieval.extraction.kinds import is_document, kind_of
from retrieval.extraction.plain_text import read_text


class TextReader(Protocol):
    """Gets the text out of files; documents are read where a reader can be ended."""

    async def read(self, data: bytes, name: str = "", client: str = "") -> Extracted:
        """Return the text of a file.

        Raises:
            UnreadableFile: There is nothing to be had of it.
        """
        ...


class PlainReader:
    """Reads plain texts and nothing else: of an application that was made without a reader."""

    async def read(self, data: bytes, name: str = "", client: str = "") -> Extracted:
        """Return the text of a file that is one.

        Raises:
            UnreadableFile: It is broken, or of a kind that nobody reads.
            Unavailable: It is a document.
        """
        if kind_of(data, name) == "text":
            return read_text(data)
        raise Unavailable("this service was made without a reader of documents")


async def text_of_file(
    reader: TextReader, upload: UploadFile, data: bytes, client: str, place: str
) -> Extracted | None:
    """Return the text of an uploaded file; None of a picture, or of what may be one.

    Raises:
        UnreadableFile: Naming the file.
    """
    is_called_picture = (upload.content_type or "").startswith("image/")
    if data and not is_document(data, is_called_picture):
        return None
    try:
        return await reader.read(data, upload.filename or "", client)
    except UnreadableFile as error:
        raise type(error)(f"{place}: {error.message}", place) from None
