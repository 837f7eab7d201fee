// Figures, more often than any Prometheus asks for them.
import { ask, options as gate, staged, summary, warm } from './lib.js';

const ROUTE = 'GET /metrics';

export const options = gate([ROUTE], { scrapes: staged(120, 600) });
export const handleSummary = summary('metrics');

export function setup() {
  warm([[ROUTE]]);
}

export default function () {
  ask(ROUTE);
}
