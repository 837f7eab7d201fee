"""Our encoder of BERT against that of `transformers`, on small random weights."""

import json
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel

from retrieval.clip.errors import UnknownModel
from retrieval.clip.towers.bert import Bert, BertShape

SIZES = {
    "vocab_size": 97,
    "hidden_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 80,
    "max_position_embeddings": 40,
    "layer_norm_eps": 1e-12,
}
CONFIG = {**SIZES, "model_type": "bert", "hidden_act": "gelu"}


@pytest.fixture(scope="module")
def theirs() -> BertModel:
    torch.manual_seed(7)
    return BertModel(BertConfig(**SIZES), add_pooling_layer=False).eval()


@pytest.fixture(scope="module")
def ours(theirs, tmp_path_factory) -> Bert:
    file = tmp_path_factory.mktemp("bert") / "config.json"
    file.write_text(json.dumps(CONFIG))
    with torch.device("meta"):
        made = Bert(BertShape.read(file))
    made.load(theirs.state_dict())
    return made.eval()


@pytest.mark.parametrize("lengths", [(1,), (40,), (9, 9), (3, 17, 40), (1, 40)])
def test_hidden_states_are_those_of_transformers(ours, theirs, lengths) -> None:
    """For one text, equal lengths, and padding, which nobody attends to."""
    torch.manual_seed(sum(lengths))
    mask = torch.arange(max(lengths))[None, :] < torch.tensor(lengths)[:, None]
    ids = torch.randint(1, SIZES["vocab_size"], mask.shape) * mask
    with torch.inference_mode():
        expected = theirs(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        found = ours(ids, None if bool(mask.all()) else mask)
    torch.testing.assert_close(found[mask], expected[mask], rtol=1e-5, atol=1e-5)


def test_a_missing_weight_is_named(ours, theirs) -> None:
    """Never a tower with random layers."""
    weights = dict(theirs.state_dict())
    del weights["encoder.layer.2.output.dense.bias"]
    with pytest.raises(KeyError, match=r"encoder\.layer\.2\.output\.dense\.bias"):
        ours.load(weights)


@pytest.mark.parametrize("change", [{"model_type": "roberta"}, {"hidden_act": "relu"}])
def test_another_architecture_is_refused(tmp_path: Path, change) -> None:
    """Its weights might fit by shape and mean something else."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG | change))
    with pytest.raises(UnknownModel, match=next(iter(change))):
        BertShape.read(tmp_path / "config.json")
