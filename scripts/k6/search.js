// Hybrid, semantic and keyword searches over a few documents of their own namespace.
import http from 'k6/http';
import exec from 'k6/execution';
import { ask, json, options as gate, staged, summary, warm } from './lib.js';

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
  const url = __ENV.URL || 'http://127.0.0.1:8000';
  const headers = __ENV.KEY ? { Authorization: `Bearer ${__ENV.KEY}` } : {};
  for (const { id } of DOCUMENTS) {
    http.del(`${url}/documents/${id}?namespace=${NAMESPACE}`, null, { headers });
  }
}
