"""The whole graph as users meet it: over HAProxy, with the embedded model."""

import base64
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from io import BytesIO

import httpx
import numpy as np
import openai
import pytest
from PIL import Image

from deployments.local import processes, rollout
from retrieval.catalogue.drawing import Look
from retrieval.catalogue.products import png
from tests.serve.conftest import PROJECT, TIMEOUT_S, Service
from tests.serve.load import Load
from tests.waiting import until

pytestmark = pytest.mark.cluster


def drawn(colour: str, kind: str, seed: int = 0) -> str:
    """A drawn picture, base64."""
    return base64.b64encode(
        png(Look(kind, colour, "plain"), 96, np.random.default_rng(seed))
    ).decode()


def test_pictures_and_texts_are_found_by_text_and_by_picture(client: httpx.Client) -> None:
    """Index drawn pictures without any text; the right one comes first either way."""
    looks = [("red", "mug"), ("blue", "teapot"), ("green", "boat"), ("yellow", "umbrella")]
    documents = [
        {"id": f"{colour}-{kind}", "image_base64": drawn(colour, kind)} for colour, kind in looks
    ]
    documents.append({"id": "note", "text": "The boiler in the cellar was serviced in May."})
    written = client.put("/documents", json={"namespace": "looks", "documents": documents}).json()
    assert written["upserted"] == 5
    for colour, kind in looks:
        for query in ({"query": f"a {colour} {kind}"}, {"image_base64": drawn(colour, kind, 9)}):
            found = client.post("/search", json={"namespace": "looks"} | query).json()["results"]
            assert found[0]["id"] == f"{colour}-{kind}", query.get("query", "by picture")
    about = {"namespace": "looks", "query": "when was the heating checked?"}
    assert client.post("/search", json=about).json()["results"][0]["id"] == "note"


def test_a_long_text_is_found_where_it_says_it(client: httpx.Client) -> None:
    """Far behind what the model reads at once; the hit says where."""
    filler = "Shelves were painted and floors were swept, as every year in spring. " * 60
    said = "The boiler in the cellar was serviced in May."
    text = f"{filler}\n\n{said}\n\n{filler}"
    documents = [{"id": "log", "text": text}, {"id": "other", "text": "a note on tax law"}]
    body = {"namespace": "logs", "documents": documents}
    assert client.put("/documents", json=body).json()["upserted"] == 2
    about = {"namespace": "logs", "query": "when was the heating checked?", "mode": "semantic"}
    hit = client.post("/search", json=about).json()["results"][0]
    assert hit["id"] == "log"
    assert said in text[hit["passage"]["start"] : hit["passage"]["end"]]
    page = client.get("/documents", params={"namespace": "logs"}).json()
    assert page["total"] == 2


def test_the_official_openai_client_works(service: Service) -> None:
    """Texts and pictures, in the joint and in the text space."""
    official = openai.OpenAI(base_url=f"{service.url}/v1", api_key="none")
    vectors = official.embeddings.create(model="brainwav-demo", input=["a red mug", "tax law"])
    uri = f"data:image/png;base64,{drawn('red', 'mug')}"
    picture = official.embeddings.create(
        model="brainwav-demo", input=uri, extra_body={"modality": "image"}
    )
    mug, law = (np.array(item.embedding) for item in vectors.data)
    assert mug @ picture.data[0].embedding > law @ np.array(picture.data[0].embedding) + 0.2


def test_every_replica_sees_an_acknowledged_write(service: Service, client: httpx.Client) -> None:
    """Two search replicas, twenty writes, eight searches each: never a miss."""
    assert len(service.replicas("HybridSearch")) == 2

    def finds(word: str) -> bool:
        body = {"namespace": "fresh", "query": word, "mode": "keyword"}
        results = httpx.post(f"{service.url}/search", json=body, timeout=60).json()["results"]
        return [hit["text"] for hit in results] == [word]

    with ThreadPoolExecutor(8) as pool:
        for n in range(20):
            word = f"word{n}x"
            body = {"namespace": "fresh", "documents": [{"id": f"d{n}", "text": word}]}
            client.put("/documents", json=body).raise_for_status()
            assert all(pool.map(finds, [word] * 8))


def test_a_changed_user_config_drops_no_request(service: Service) -> None:
    """Batch limits change in place: the same replicas, no failed request."""
    before = {r["replica_id"] for r in service.replicas("Embedder")}
    body = {"inputs": [{"text": "a text"}, {"image_base64": drawn("red", "mug")}]}
    load = Load(service, lambda _: httpx.post(f"{service.url}/embed", json=body, timeout=60), 4)
    try:
        load.await_more(8)
        changed = deepcopy(service.settings)
        for deployment in changed["applications"][0]["deployments"]:
            if deployment["name"] == "Embedder":
                deployment["user_config"]["max_batch_items"] = 3
            if deployment["name"] == "Ingress":
                deployment["user_config"]["limits"] = {"max_embed_items": 2}
        rollout.deploy(service.running, changed, PROJECT, service.state, TIMEOUT_S, lambda _: None)
        three = {"inputs": [{"text": "a text"}] * 3}

        def refused() -> bool:
            return httpx.post(f"{service.url}/embed", json=three, timeout=60).status_code == 413

        until(refused, "the new limit is in force")
        load.await_more(8)
    finally:
        load.stop()
    assert load.refusals == []
    assert {r["replica_id"] for r in service.replicas("Embedder")} >= before
    service.start()


def test_ready_means_that_everything_was_used(client: httpx.Client) -> None:
    """Health names each component with what it measured just now."""
    assert client.get("/health/ready").json() == {"status": "ready"}
    components = client.get("/health").json()["components"]
    assert set(components) >= {
        "embedder",
        "search",
        "index_writer",
        "planner",
        "thought_branch",
        "metrics_hub",
        "rate_limiter",
    }
    assert components["embedder"]["precision"] in ("fp32", "bf16")
    assert components["embedder"]["precision_reason"]


@pytest.mark.parametrize("sent", [None, "a-good.id_1", "not a good id!"])
def test_every_answer_carries_one_request_id(client: httpx.Client, sent: str | None) -> None:
    """The caller's if it is well-formed; Serve's own does not come beside it."""
    answer = client.get("/health/live", headers={} if sent is None else {"X-Request-ID": sent})
    (given,) = answer.headers.get_list("x-request-id")
    assert given == sent if sent == "a-good.id_1" else given != sent


def test_many_bytes_travel_between_deployments(client: httpx.Client) -> None:
    """A request far beyond Ray's default of 4 MiB a message."""
    rng = np.random.default_rng(0)
    file = BytesIO()
    Image.fromarray(rng.integers(0, 256, (1500, 1500, 3), dtype=np.uint8)).save(file, "PNG")
    assert len(file.getvalue()) > 6 * 2**20
    picture = base64.b64encode(file.getvalue()).decode()
    answer = client.post("/embed", json={"inputs": [{"image_base64": picture}] * 2})
    assert answer.status_code == 200
    assert answer.json()["errors"] == []


def accepted(service: Service, documents: int) -> str:
    """Have many documents written later; return the job's place."""
    texts = [{"id": f"j{n}", "text": f"the text of j{n}"} for n in range(documents)]
    body = {"namespace": "later", "documents": texts}
    wish = {"Prefer": "respond-async"}
    answer = httpx.put(f"{service.url}/documents", json=body, headers=wish, timeout=60)
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


def test_killing_every_process_loses_no_acknowledged_document(service: Service) -> None:
    """SIGKILL in mid-write, start again: all that was acknowledged is there, whole, and what was
    accepted to be written later is written."""
    acknowledged: list[str] = []
    enough = threading.Event()

    def write() -> None:
        for n in range(10_000):
            ids = [f"k{n}-{i}" for i in range(5)]
            documents = [{"id": id, "text": f"the text of {id}"} for id in ids]
            body = {"namespace": "killed", "documents": documents}
            try:
                answer = httpx.put(f"{service.url}/documents", json=body, timeout=10)
            except httpx.HTTPError:
                return
            if answer.status_code != 200:
                return
            acknowledged.extend(ids)
            if n == 15:
                enough.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert enough.wait(timeout=120)
    job = accepted(service, 400)
    service.kill_everything()
    writer.join(timeout=60)
    service.start()
    with httpx.Client(base_url=service.url, timeout=60) as client:
        for id in acknowledged:
            answer = client.get(f"/documents/{id}", params={"namespace": "killed"})
            assert answer.json().get("text") == f"the text of {id}"
        body = {"namespace": "killed", "query": "text", "limit": 200}
        hits = client.post("/search", json=body).json()["results"]
        assert hits
        assert all(hit["text"] == f"the text of {hit['id']}" for hit in hits)
        until(lambda: client.get(job).json()["state"] == "done", "the job's end")
        counts = client.get(job).json()
        assert (counts["written"], counts["failed"], counts["left"]) == (400, 0, 0)
        assert client.get("/documents", params={"namespace": "later"}).json()["total"] == 400


def test_stopping_ends_only_what_carries_the_mark() -> None:
    """A stranger's process survives; a marked one does not."""
    sleep = [sys.executable, "-c", "import threading; threading.Event().wait(60)"]
    stranger = subprocess.Popen(sleep)
    marked = subprocess.Popen(sleep, env={"BRAINWAV_INSTANCE": "test-of-stopping"})
    try:
        while marked.pid not in processes.marked("test-of-stopping"):
            assert marked.poll() is None
        assert processes.stop("test-of-stopping", grace_s=5) == 1
        assert marked.wait(timeout=10) != 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
