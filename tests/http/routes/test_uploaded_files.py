"""Files that people have: one request, each file by its content and with its own outcome."""

from starlette.testclient import TestClient

from tests.http.routes.route_samples import refusal
from tests.towers import picture_file
from tests.unit.extraction.file_samples import docx_file, paragraph, pdf_file

ANY = "application/octet-stream"


def upload(client: TestClient, *files: tuple[str, bytes, str], **form: str) -> dict:
    """Upload files and return the answer."""
    sent = [("file", file) for file in files]
    answer = client.post("/documents/upload", files=sent, data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_kind_is_taken_whatever_it_is_called(client: TestClient) -> None:
    """Neither suffix nor declared type decide; the name is kept as metadata."""
    answer = upload(
        client,
        ("a.png", pdf_file(["words of the pdf"]), "image/png"),
        ("b", docx_file(paragraph("words of word")), ANY),
        ("c.txt", b"<!doctype html><p>words of a page<script>x</script>", ANY),
        ("d.bin", b"# plain words", ANY),
        ("e.pdf", picture_file("green"), "application/pdf"),
        namespace="kinds",
    )
    assert answer["failed"] == []
    listed = client.get("/documents", params={"namespace": "kinds"}).json()["documents"]
    texts = {document["metadata"]["filename"]: document["text"] for document in listed}
    assert texts == {
        "a.png": "words of the pdf",
        "b": "words of word",
        "c.txt": "words of a page",
        "d.bin": "# plain words",
        "e.pdf": None,
    }


def test_each_file_has_its_own_outcome(client: TestClient) -> None:
    """One that cannot be read is listed under its code, the others are written."""
    answer = upload(
        client,
        ("scan.pdf", pdf_file([""]), ANY),
        ("good.txt", b"words", ANY),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ANY),
        ("torn.docx", docx_file(paragraph("x"))[:100], ANY),
        ("page.html", b"<html><script>x</script>", ANY),
        namespace="outcomes",
    )
    codes = {failure["index"]: failure["error"]["code"] for failure in answer["failed"]}
    assert codes == {0: "no_text", 2: "unsupported_file_type", 3: "broken_file", 4: "no_text"}
    where = {failure["index"]: failure["error"]["details"]["where"] for failure in answer["failed"]}
    assert where == {index: f"file.{index}" for index in codes}
    assert [id is None for id in answer["ids"]] == [True, False, True, True, True]


def test_what_is_guessed_or_left_out_is_said(client: TestClient) -> None:
    """Pages without text, an encoding that was assumed, a form's text beside a file's own."""
    answer = upload(
        client,
        ("half.pdf", pdf_file(["words", ""]), ANY),
        ("old.txt", "red words, café".encode("cp1252"), ANY),
        ("p.png", picture_file("green"), "image/png"),
        text="green words",
        namespace="said",
    )
    said = [(warning["where"], warning["code"]) for warning in answer["warnings"]]
    assert said == [
        ("file.0", "no_text"),
        ("file.0", "text_unused"),
        ("file.1", "encoding_assumed"),
        ("file.1", "text_unused"),
    ]


def test_words_that_are_sent_as_a_picture_are_refused(client: TestClient) -> None:
    """A script under a picture's type is nobody's document."""
    files = {"file": ("a.png", b"#!/bin/sh\nrm -rf /\n", "image/png")}
    refusal(client.post("/documents/upload", files=files), 415, "unsupported_file_type")


def test_a_text_is_as_long_as_texts_may_be(client: TestClient) -> None:
    """What a file says is a document's text, with the same bound."""
    files = {"file": ("a.html", b"<html>" + 300 * b"<p>long words", ANY)}
    refusal(client.post("/documents/upload", files=files), 413, "text_too_long")
