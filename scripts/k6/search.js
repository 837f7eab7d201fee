// Hybrid, semantic and keyword searches over a few documents of their own namespace.
import exec from 'k6/execution';
import { ask, json, options as gate, send, staged, summary, warm } from './lib.js';

const NAMESPACE = 'k6-load';
const COLOURS = ['red', 'green', 'blue', 'yellow', 'white'];
const THINGS = ['mug', 'chair', 'vase', 'lamp'];
const MODES = ['hybrid', 'semantic', 'keyword'];
const ROUTE = 'POST /search';

export const options = gate([ROUTE], { searches: staged(480, 960) });
export const handleSummary = summary('search');

const DOCUMENTS = COLOURS.flatMap((colour) =>
  THINGS.map((thing) => ({ id: `${colour}-${thing}`, text: `a ${colour} ${thing}` })),
);

function call(turn) {
  return json(ROUTE, {
    query: DOCUMENTS[turn % DOCUMENTS.length].text,
    namespace: NAMESPACE,
    mode: MODES[turn % MODES.length],
  });
}

export function setup() {
  const written = json('PUT /documents', { namespace: NAMESPACE, documents: DOCUMENTS });
  warm([written, call(0), call(1), call(2)]);
}

export default function () {
  ask(...call(exec.scenario.iterationInTest));
}

export function teardown() {
  const route = 'DELETE /documents/{document_id}';
  for (const { id } of DOCUMENTS) send(route, null, {}, `/documents/${id}?namespace=${NAMESPACE}`);
}
