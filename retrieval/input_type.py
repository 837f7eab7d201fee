"""What a text is encoded for: some models tell a query from the passages that it looks for."""

from typing import Literal

InputType = Literal["query", "passage"]
