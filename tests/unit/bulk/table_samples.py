"""A table of texts."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def table(path: Path, texts: list[str]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"text": texts}), path, compression="none")
    elif path.suffix == ".csv":
        path.write_text("\n".join(["text", *texts]))
    else:
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path
