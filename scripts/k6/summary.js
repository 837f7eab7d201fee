// A run as text and as one HTML page that needs nothing from a network.

const LATENCY = /^brainwav_request_duration\{route:(\w+)\}$/;

export function textSummary(name, data) {
  const lines = [`\n${name}: ${verdict(data)}\n`];
  for (const [route, s] of latencies(data)) {
    lines.push(
      `  ${route.padEnd(28)} p50 ${ms(s.med)}  p95 ${ms(s['p(95)'])}  p99 ${ms(s['p(99)'])}  ` +
        `n ${count(data, route)}`,
    );
  }
  for (const t of thresholds(data)) {
    lines.push(`  ${t.ok ? 'kept  ' : 'BROKEN'} ${t.metric}: ${t.rule} (${t.value})`);
  }
  lines.push(`  rate-limited answers, in no figure above: ${total(data, 'brainwav_request_limited')}\n`);
  return lines.join('\n') + '\n';
}

export function htmlSummary(name, data) {
  const slowest = Math.max(1, ...latencies(data).map(([, s]) => s['p(99)']));
  const bar = (value) => `<i style="width:${(100 * value) / slowest}%"></i>${ms(value)}`;
  const routes = latencies(data).map(
    ([route, s]) =>
      `<tr><th>${safe(route)}<td>${bar(s.med)}<td>${bar(s['p(95)'])}<td>${bar(s['p(99)'])}` +
      `<td>${count(data, route)}`,
  );
  const rules = thresholds(data).map(
    (t) =>
      `<tr class="${t.ok ? 'ok' : 'no'}"><td>${t.ok ? 'kept' : 'broken'}` +
      `<td>${safe(t.metric)}<td>${safe(t.rule)}<td>${safe(t.value)}`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>brAInwav load: ${safe(name)}</title>
<style>body{font:16px system-ui;margin:2rem auto;max-width:60rem;color:#222}
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{padding:.3rem .6rem;text-align:left;
border-bottom:1px solid #ddd}td{position:relative}i{position:absolute;left:0;top:.2rem;bottom:.2rem;
background:#cfe3ff;z-index:-1}.ok td:first-child{color:#176b2c}.no td{color:#b00020}</style>
<h1>${safe(name)}: ${verdict(data)}</h1>
<p>${seconds(data)} s, ${total(data, 'brainwav_request_succeeded')} successes,
${total(data, 'brainwav_request_limited')} rate-limited answers (in no figure here).</p>
<table><tr><th>Route<th>P50<th>P95<th>P99<th>Successes${routes.join('')}</table>
<table><tr><th>Objective<th>Metric<th>Rule<th>Value${rules.join('')}</table></html>\n`;
}

function verdict(data) {
  const broken = thresholds(data).filter((t) => !t.ok).length;
  return broken ? `${broken} broken` : 'every objective kept';
}

function latencies(data) {
  return Object.keys(data.metrics)
    .filter((key) => LATENCY.test(key) && data.metrics[key].values.max > 0)
    .map((key) => [LATENCY.exec(key)[1], data.metrics[key].values])
    .sort();
}

function thresholds(data) {
  return Object.entries(data.metrics).flatMap(([metric, { thresholds = {}, values }]) =>
    Object.entries(thresholds).map(([rule, { ok }]) => ({
      metric,
      rule,
      ok,
      value: shown(values, rule),
    })),
  );
}

function shown(values, rule) {
  const key = Object.keys(values).find((name) => rule.startsWith(name));
  return key === undefined ? 'no samples' : String(Number(values[key].toPrecision(4)));
}

function count(data, route) {
  return total(data, `brainwav_request_succeeded{route:${route}}`);
}

function total(data, metric) {
  return data.metrics[metric] ? data.metrics[metric].values.count : 0;
}

function seconds(data) {
  return Math.round(data.state.testRunDurationMs / 1000);
}

function ms(value) {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

function safe(text) {
  return String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
