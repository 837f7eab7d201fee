// Plans and reflections. The limits of the embedded default are 10 and 20 a minute.
import exec from 'k6/execution';
import { ask, json, options as gate, send, staged, summary, warm } from './lib.js';

const NAMESPACE = 'k6-plan';
const DOCUMENT = 'mug-and-chair';
const GOALS = ['a red mug and a blue chair', 'a vase that goes with a green lamp'];

export const options = gate(
  ['POST /agents/plan', 'GET /agents/plan/{run_id}', 'POST /agents/reflect'],
  { plans: staged(20, 60) },
);
export const handleSummary = summary('plan');

function calls(turn) {
  const goal = GOALS[turn % GOALS.length];
  return [
    json('POST /agents/plan', { goal, namespace: NAMESPACE, execute: false }),
    json('POST /agents/reflect', {
      goal, namespace: NAMESPACE, answer: 'A red mug stands beside a blue chair.',
    }),
  ];
}

export function setup() {
  const documents = [{ id: DOCUMENT, text: 'a red mug beside a blue chair' }];
  warm([json('PUT /documents', { namespace: NAMESPACE, documents })]);
  // Planning is scarce by default: one plan warms as well as three. Streamed, it can be read again.
  const [route, body, headers] = json('POST /agents/plan', {
    goal: GOALS[0], namespace: NAMESPACE, stream: true,
  });
  const found = /^id: ?([^:\s]+):/m.exec(send(route, body, headers, null, {}, 'text').body || '');
  return { run: found ? found[1] : null };
}

export default function ({ run }) {
  const turn = exec.scenario.iterationInTest;
  ask(...calls(turn)[turn % 2]);
  if (run !== null) ask('GET /agents/plan/{run_id}', null, {}, `/agents/plan/${run}`);
}

export function teardown() {
  const path = `/documents/${DOCUMENT}?namespace=${NAMESPACE}`;
  send('DELETE /documents/{document_id}', null, {}, path);
}
