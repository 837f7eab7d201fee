"""`POST /rank`: candidates in order, the model's own probabilities, and what is missing said."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from api.app import build_app
from api.bodies.limits import RequestLimits
from retrieval.encoding import EncoderInfo
from retrieval.logits import TrainedLogits
from tests.fakes import LocalBackend
from tests.http.routes.route_samples import b64, refusal
from tests.towers import picture_file

RED, BLUE = ({"image_base64": b64(picture_file(colour))} for colour in ("red", "blue"))
WORDS = [{"text": word} for word in ("blue", "red", "green")]


class TrainedBackend(LocalBackend):
    """Its model has a scale."""

    logits = TrainedLogits(20.0)

    async def encoder_info(self) -> EncoderInfo:
        return replace(await super().encoder_info(), logits=self.logits)


class PairsBackend(TrainedBackend):
    """Its model judges each pair by itself."""

    logits = TrainedLogits(20.0, -10.0)


def _client(backend: LocalBackend) -> TestClient:
    return TestClient(build_app(backend, RequestLimits()), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with _client(TrainedBackend(tmp_path_factory.mktemp("trained"))) as client:
        yield client


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with _client(PairsBackend(tmp_path_factory.mktemp("pairs"))) as client:
        yield client


def ranked(client: TestClient, **body) -> dict:
    answer = client.post("/rank", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(answer: dict) -> list[str]:
    return [warning["code"] for warning in answer["warnings"]]


def test_pictures_are_told_which_words_they_are(trained: TestClient) -> None:
    """Many at once, each with its own order; probabilities of one add up."""
    answer = ranked(trained, inputs=[RED, BLUE], candidates=WORDS)
    best = [result["scores"][0]["candidate"] for result in answer["results"]]
    assert best == [1, 0]
    for result in answer["results"]:
        assert sum(score["probability"] for score in result["scores"]) == pytest.approx(1)
        found = [score["similarity"] for score in result["scores"]]
        assert found == sorted(found, reverse=True)
    assert answer["logits"] == {"kind": "softmax", "scale": 20.0, "bias": None}
    assert answer["warnings"] == []
    assert answer["usage"]["pictures"] == 2


def test_a_text_is_told_which_pictures_it_means(trained: TestClient) -> None:
    """The other way round."""
    answer = ranked(trained, inputs=[{"text": "blue"}], candidates=[RED, BLUE], limit=1)
    [[score]] = [result["scores"] for result in answer["results"]]
    assert score["candidate"] == 1
    assert score["probability"] > 0.5


def test_a_model_of_pairs_judges_each_by_itself(pairs: TestClient) -> None:
    """One candidate more changes no other's probability."""
    few = ranked(pairs, inputs=[RED], candidates=WORDS[:2])
    more = ranked(pairs, inputs=[RED], candidates=WORDS)
    first = few["results"][0]["scores"][0]
    assert first == more["results"][0]["scores"][0]
    assert first["probability"] > 0.9
    assert more["logits"]["kind"] == "sigmoid"


def test_without_a_trained_scale_there_are_similarities_and_a_warning(client: TestClient) -> None:
    """No probability is invented."""
    answer = ranked(client, inputs=[RED], candidates=WORDS)
    assert [score["probability"] for score in answer["results"][0]["scores"]] == [None] * 3
    assert (answer["logits"], codes(answer)) == (None, ["no_trained_scale"])


def test_pairs_of_one_kind_have_no_probability(trained: TestClient) -> None:
    """A text beside a text is nothing that the model was trained on."""
    answer = ranked(trained, inputs=[{"text": "red"}], candidates=[*WORDS, RED])
    told = {each["candidate"]: each["probability"] for each in answer["results"][0]["scores"]}
    assert told == {0: None, 1: None, 2: None, 3: pytest.approx(1)}
    assert codes(answer) == ["not_calibrated"]


def test_templates_make_sentences_of_candidates(trained: TestClient) -> None:
    """One as a text, several as a list; each sentence is paid for by its tokens."""
    one = ranked(trained, inputs=[RED], candidates=WORDS, template="a {} thing")
    several = ranked(trained, inputs=[RED], candidates=WORDS, template=["a {} thing", "{}"])
    assert one["usage"]["prompt_tokens"] == 9
    assert several["usage"]["prompt_tokens"] == 12
    assert several["results"][0]["scores"][0]["candidate"] == 1
    ignored = ranked(trained, inputs=[{"text": "red"}], candidates=[RED], template="a {}")
    assert codes(ignored) == ["template_ignored"]


def test_an_input_that_cannot_be_encoded_fails_alone(trained: TestClient) -> None:
    """Its place says so; where nothing is left the request fails."""
    torn = {"image_base64": b64(picture_file()[:-30])}
    answer = ranked(trained, inputs=[RED, torn], candidates=WORDS)
    assert [result["scores"] is None for result in answer["results"]] == [False, True]
    [error] = answer["errors"]
    assert (error["where"], error["code"]) == ("inputs.1.image_base64", "broken_image")
    body = {"inputs": [torn], "candidates": WORDS}
    refusal(trained.post("/rank", json=body), 422, "broken_image")


def test_a_candidate_that_cannot_be_encoded_fails_the_request(trained: TestClient) -> None:
    """Without it the others' probabilities would be of something else."""
    for candidate, code in (
        ({"image_base64": b64(picture_file()[:-30])}, "broken_image"),
        ({"text": " "}, "empty_input"),
    ):
        body = {"inputs": [RED], "candidates": [*WORDS, candidate]}
        answer = trained.post("/rank", json=body)
        refusal(answer, 422, code)
        assert answer.json()["error"]["details"]["where"].startswith("candidates.3.")


def test_what_cannot_be_ranked_is_refused_by_name(trained: TestClient) -> None:
    """A template without a place, too many pairs."""
    body = {"inputs": [RED], "candidates": WORDS, "template": ["{}", "a thing"]}
    answer = trained.post("/rank", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["where"] == "template.1"
    words = [{"text": "red"}] * 200
    refusal(
        trained.post("/rank", json={"inputs": words, "candidates": words}), 413, "too_many_items"
    )


def test_what_was_cut_is_said_once(trained: TestClient) -> None:
    """Of a candidate in many sentences too."""
    long = {"text": "red " * 40}
    answer = ranked(trained, inputs=[RED], candidates=[long], template=["{}", "a {}"])
    assert [(w["code"], w["where"]) for w in answer["warnings"]] == [
        ("truncated", "candidates.0.text")
    ]
