// Following a streamed run: events as they come, taken up again where the connection breaks.

import { Refused, send } from "./api.js";

const RESUMES = 5;
const FIRST_PAUSE_MS = 200;

// Yield the events `{id, name, data}` of a new run up to its end.
export async function* followed(where, body, signal) {
  let last = "";
  for (let attempt = 0; attempt <= RESUMES; attempt++) {
    if (attempt) await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
    try {
      const headers = { Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) };
      const response = await send("POST", where, { json: body, headers, signal });
      for await (const event of events(response.body)) {
        last = event.id || last;
        if (event.name === "run.failed") throw new Refused(200, event.data);
        yield event;
        if (event.name === "run.finished") return;
      }
    } catch (error) {
      // Without an event there is nothing to take up: a second request would be a second run.
      if (signal.aborted || !last || (error instanceof Refused && error.status !== 0)) throw error;
    }
  }
  throw new Error("The connection broke too often. The run may have ended without us.");
}

// Yield what a stream of server-sent events says; comments are heartbeats.
export async function* events(stream) {
  let text = "";
  for await (const piece of pieces(stream.pipeThrough(new TextDecoderStream()))) {
    const blocks = (text + piece).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const fields = fieldsOf(block);
      if (fields.data) yield { id: fields.id ?? "", name: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

// Not every browser can iterate over a stream.
async function* pieces(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function fieldsOf(block) {
  const fields = {};
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at > 0) fields[line.slice(0, at)] = line.slice(at + 2);
  }
  return fields;
}
