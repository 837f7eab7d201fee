// All documents of a namespace as lines of JSON, whole texts, without pictures.

import { ask, path } from "./api.js";

const PAGE = 200;

// Calls `told` with how many there are so far; returns a Blob.
export async function exported(namespace, told, signal) {
  const lines = [];
  for (let offset = 0, total = 1; offset < total; offset += PAGE) {
    const { said } = await ask("GET", path`/documents?namespace=${namespace}&limit=${PAGE}&offset=${offset}`, { signal });
    total = said.total;
    for (const listed of said.documents) {
      const { image_url, truncated, ...document } = listed.truncated ? await whole(namespace, listed.id, signal) : listed;
      lines.push(`${JSON.stringify(document)}\n`);
    }
    told(lines.length, total);
  }
  return new Blob(lines, { type: "application/x-ndjson" });
}

async function whole(namespace, id, signal) {
  return (await ask("GET", path`/documents/${id}?namespace=${namespace}`, { signal })).said;
}
