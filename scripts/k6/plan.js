// Plans and reflections. The limits of the embedded default are 10 and 20 a minute.
import exec from 'k6/execution';
import { ask, json, options as gate, staged, summary, warm } from './lib.js';

const GOALS = ['a red mug and a blue chair', 'a vase that goes with a green lamp'];

export const options = gate(
  ['POST /agents/plan', 'POST /agents/reflect'],
  { plans: staged(20, 60) },
);
export const handleSummary = summary('plan');

function calls(turn) {
  const goal = GOALS[turn % GOALS.length];
  return [
    json('POST /agents/plan', { goal, execute: false }),
    json('POST /agents/reflect', { goal, answer: 'A red mug stands beside a blue chair.' }),
  ];
}

export function setup() {
  // Planning is scarce by default: one call of each warms as well as three.
  warm([]);
}

export default function () {
  const turn = exec.scenario.iterationInTest;
  ask(...calls(turn)[turn % 2]);
}
