// A hundred virtual users on probes and figures while embeddings run: does a busy model make
// the service look dead? Closed, as probers are: each asks, waits a second and asks again.
import { sleep } from 'k6';
import { ask, json, options as gate, staged, summary, warm } from './lib.js';

const ROUTES = ['GET /health', 'GET /health/ready', 'GET /health/live', 'GET /metrics'];
const SECONDS = { full: 60, short: 15, smoke: 3 }[__ENV.PROFILE || 'full'];
const TEXTS = json('POST /embed', { inputs: [{ text: 'a striped red mug' }] });

export const options = gate([...ROUTES, 'POST /embed'], {
  probers: {
    executor: 'constant-vus',
    vus: 100,
    duration: `${SECONDS}s`,
    exec: 'probe',
  },
  embeddings: { ...staged(600, 600), exec: 'embed' },
});
export const handleSummary = summary('probes');

export function setup() {
  warm([...ROUTES.map((route) => [route]), TEXTS]);
}

export function probe() {
  // Not all in step: nobody's probers are.
  sleep(Math.random());
  for (const route of ROUTES) ask(route);
  sleep(1 - Math.random() / 2);
}

export function embed() {
  ask(...TEXTS);
}
