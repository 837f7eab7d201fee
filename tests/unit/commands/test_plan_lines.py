"""A line of `brainwav plan`: what a result is called, and the fields that the goal speaks of."""

from deployments.commands.client.plan import fields_that_matter, result_lines

ANSWER = {
    "aspects": [
        {"grounding": {"field": "colour", "op": "eq", "value": "red"}},
        {"grounding": {"relation": "same", "field": "brand"}},
        {"grounding": {}},
    ],
    "steps": [{"tool": "sort", "args": {"field": "metadata.created_at"}}],
    "results": [
        {
            "id": "m1",
            "metadata": {"name": "Dawn mug", "colour": "red", "price": 9.5, "weight": 3},
            "text": "A mug.",
        },
        {"id": "p1", "metadata": {}, "text": None, "group": 0, "slot": "lamp"},
    ],
}


def test_a_line_has_the_name_and_the_fields_that_matter() -> None:
    """The price too; a picture without a name is called one, and no line is too long."""
    assert fields_that_matter(ANSWER) == ["colour", "brand", "created_at", "price"]
    assert result_lines(ANSWER, 80) == [
        "  m1  Dawn mug  (colour red, price 9.5)",
        "  group 1, lamp: p1  (a picture)",
    ]
    assert [len(line) for line in result_lines(ANSWER, 20)] == [20, 20]
