// Probes, as orchestrators and load balancers send them.
import { ask, options as gate, staged, summary, warm } from './lib.js';

const ROUTES = ['GET /health', 'GET /health/ready', 'GET /health/live'];

export const options = gate(ROUTES, { probes: staged(3000, 6000) });
export const handleSummary = summary('health');

export function setup() {
  warm(ROUTES.map((route) => [route]));
}

export default function () {
  for (const route of ROUTES) ask(route);
}
