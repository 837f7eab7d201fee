// Figures out of the text that Prometheus reads.

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

// All samples by name: `{labels, value}`.
export function samplesOf(text) {
  const samples = new Map();
  for (const line of text.split("\n")) {
    const found = line.startsWith("#") ? null : LINE.exec(line);
    if (!found) continue;
    const [, name, labels = "", value] = found;
    if (!samples.has(name)) samples.set(name, []);
    samples.get(name).push({ labels: labelsOf(labels), value: Number(value) });
  }
  return samples;
}

function labelsOf(text) {
  return Object.fromEntries([...text.matchAll(LABEL)].map(([, name, value]) => [name, value]));
}

// The value of each component.
export function byComponent(samples, name) {
  return Object.fromEntries((samples.get(name) ?? []).map(({ labels, value }) => [labels.component, value]));
}

// The one value of a figure without labels, or null.
export function figure(samples, name) {
  return samples.get(name)?.[0]?.value ?? null;
}
