// What the load scripts share: profiles, thresholds from the objectives, metrics, summaries.
//
//   URL          the service (default http://127.0.0.1:8000)
//   PROFILE      full, short or smoke: how long the stages take
//   SCALE        multiplies every rate
//   KEY          an API key, where the service wants one
//   OUT          folder for the summaries, which must exist; without it only text is shown
//   THRESHOLDS   another file than thresholds.json
import http from 'k6/http';
import exec from 'k6/execution';
import { sleep } from 'k6';
import { Counter, Rate, Trend } from 'k6/metrics';
import { htmlSummary, textSummary } from './summary.js';

const ROUTES = JSON.parse(open(__ENV.THRESHOLDS || './thresholds.json')).routes;
const URL = __ENV.URL || 'http://127.0.0.1:8000';
const SCALE = Number(__ENV.SCALE || 1);

// Seconds of each stage: rise, hold, rise to the spike, spike, fall.
const PROFILES = {
  full: [20, 40, 5, 10, 10],
  short: [5, 10, 2, 4, 4],
  smoke: [0.5, 1, 0.3, 0.7, 0.3],
};

// Latency of answers that succeeded, as the objectives count it: k6's own metrics hold
// refusals by a rate limit as well, and those are quick.
const duration = new Trend('brainwav_request_duration', true);
const failed = new Rate('brainwav_request_failed');
const succeeded = new Counter('brainwav_request_succeeded');
const limited = new Counter('brainwav_request_limited');
const refused = new Counter('brainwav_request_refused');

http.setResponseCallback(http.expectedStatuses({ min: 200, max: 399 }, 429));

// An open model: requests come at their rate however long the answers take, so a slow service
// cannot slow down those who ask it.
export function staged(perMinute, spikePerMinute) {
  const profile = __ENV.PROFILE || 'full';
  if (!PROFILES[profile]) throw new Error(`PROFILE is none of ${Object.keys(PROFILES)}`);
  const [rise, hold, up, spike, fall] = PROFILES[profile].map((s) => `${s * 1000}ms`);
  const base = Math.ceil(perMinute * SCALE);
  const most = Math.ceil(spikePerMinute * SCALE);
  return {
    executor: 'ramping-arrival-rate',
    timeUnit: '1m',
    startRate: Math.ceil(base / 10),
    // Enough for answers of a second and more; a service slower than that drops iterations.
    preAllocatedVUs: Math.min(200, Math.max(10, Math.ceil(most / 60))),
    maxVUs: 200,
    stages: [
      { target: base, duration: rise },
      { target: base, duration: hold },
      { target: most, duration: up },
      { target: most, duration: spike },
      { target: 0, duration: fall },
    ],
    gracefulStop: '30s',
  };
}

export function options(routes, scenarios) {
  const thresholds = {
    // Otherwise the load was not offered, and its latencies mean nothing.
    dropped_iterations: ['count==0'],
    // A 4xx but 429 is a mistake of the script.
    brainwav_request_refused: ['count==0'],
    // No use in going on; the first seconds may be those of a service that warms up.
    brainwav_request_failed: [
      { threshold: 'rate<0.5', abortOnFail: true, delayAbortEval: '10s' },
    ],
  };
  for (const route of routes) Object.assign(thresholds, known(route).thresholds);
  return {
    scenarios,
    thresholds,
    summaryTrendStats: ['min', 'med', 'p(95)', 'p(99)', 'max'],
    setupTimeout: '120s',
    userAgent: 'brainwav-load',
  };
}

// Sends one request and counts it under its route; the path may differ from the template.
export function ask(route, body = null, headers = {}, path = null) {
  const tags = { route: known(route).tag, name: route };
  const answer = send(route, body, headers, path, tags);
  if (answer.status === 429) {
    limited.add(1, tags);
  } else if (answer.status >= 400 && answer.status < 500) {
    refused.add(1, tags);
  } else {
    // 0 is an answer that never came.
    const bad = answer.status === 0 || answer.status >= 500;
    failed.add(bad, tags);
    if (!bad) {
      succeeded.add(1, tags);
      duration.add(answer.timings.duration, tags);
    }
  }
  return answer;
}

// Waits until the service is ready, then asks each call a few times without counting it.
export function warm(calls) {
  for (let tries = 0; send('GET /health/ready').status !== 200; tries++) {
    if (tries > 60) exec.test.abort(`${URL} is not ready`);
    sleep(1);
  }
  for (const [route, body, headers, path] of calls) {
    for (let times = 0; times < 3; times++) send(route, body, headers, path);
  }
}

// Reads a JSON answer; for what a script must know before it begins.
export function read(path) {
  return send(`GET ${path}`, null, {}, null, {}, 'text').json();
}

export function json(route, content) {
  return [route, JSON.stringify(content), { 'Content-Type': 'application/json' }];
}

export function summary(name) {
  return (data) => {
    const text = textSummary(name, data);
    if (!__ENV.OUT) return { stdout: text };
    return {
      stdout: text,
      [`${__ENV.OUT}/${name}.txt`]: text,
      [`${__ENV.OUT}/${name}.json`]: JSON.stringify(data, null, 2),
      [`${__ENV.OUT}/${name}.html`]: htmlSummary(name, data),
    };
  };
}

export function send(route, body = null, headers = {}, path = null, tags = {}, responseType = 'none') {
  const [method, template] = route.split(' ');
  const key = __ENV.KEY ? { Authorization: `Bearer ${__ENV.KEY}` } : {};
  // As Prometheus does.
  if (template === '/metrics') key['Accept-Encoding'] = 'gzip';
  const params = { headers: { ...headers, ...key }, tags, responseType, timeout: '30s' };
  return http.request(method, URL + (path || template), body, params);
}

function known(route) {
  if (!ROUTES[route]) throw new Error(`no objective for ${route}`);
  return ROUTES[route];
}
