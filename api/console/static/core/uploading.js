// Writing many files and rows: in parts, one after another, patient where the service says wait.

import { ask, path, Refused } from "./api.js";
import { documentsOf } from "./csv.js";

const MOST_FILES = 16;
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_ROWS = 200;
const ATTEMPTS = 6;
const POLL_S = 1;

// Parts to send, made of files; tables become rows. `report` is told of what cannot be sent.
export async function partsOf(files, report) {
  const parts = [];
  const others = files.filter(({ path }) => !/\.csv$/i.test(path));
  for (let part = []; others.length || part.length; ) {
    const next = others.shift();
    const bytes = part.reduce((sum, { file }) => sum + file.size, next?.file.size ?? 0);
    if (part.length && (!next || part.length === MOST_FILES || bytes > MOST_BYTES)) {
      parts.push({ kind: "files", items: part });
      part = [];
    }
    if (next) part.push(next);
  }
  for (const table of files.filter(({ path }) => /\.csv$/i.test(path))) parts.push(...(await rowParts(table, report)));
  return parts;
}

async function rowParts({ path, file }, report) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    const { documents, failures } = documentsOf(text);
    for (const { what, why } of failures) report({ what: `${path}, ${what}`, why });
    const rows = documents.map(({ line, document }) => ({ path: `${path}, line ${line}`, document }));
    const cut = (at) => ({ kind: "rows", items: rows.slice(at, at + MOST_ROWS) });
    return Array.from({ length: Math.ceil(rows.length / MOST_ROWS) }, (_, at) => cut(at * MOST_ROWS));
  } catch (error) {
    report({ what: path, why: error instanceof TypeError ? "it is not in UTF-8" : error.message });
    return [];
  }
}

// Write a part. Returns how many were written, what failed and what was warned of.
export async function written(part, namespace, signal) {
  try {
    const { said, status } = await patiently(() => sent(part, namespace, signal), signal);
    return outcome(part, status === 202 ? await ended(said.id, signal) : said);
  } catch (error) {
    if (signal.aborted || !(error instanceof Refused) || [0, 401, 403].includes(error.status)) throw error;
    return { written: 0, warnings: [], failures: refused(part, error) };
  }
}

function sent({ kind, items }, namespace, signal) {
  if (kind === "rows") {
    return ask("PUT", "/documents", { json: { namespace, documents: items.map((item) => item.document) }, signal });
  }
  const form = new FormData();
  form.append("namespace", namespace);
  for (const { path, file } of items) form.append("file", file, path);
  return ask("POST", "/documents/upload", { form, signal });
}

async function patiently(attempt, signal) {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!error.retryAfterS || tries === ATTEMPTS) throw error;
      await pause(error.retryAfterS, signal);
    }
  }
}

function pause(time_s, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, time_s * 1000);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}

// A write that became a job, once it ended, with all its failures.
async function ended(id, signal) {
  for (;;) {
    const { said } = await ask("GET", path`/jobs/${id}`, { signal });
    if (!["queued", "running"].includes(said.state)) return { ...said, failures: await allFailures(id, said, signal) };
    await pause(POLL_S, signal);
  }
}

async function allFailures(id, first, signal) {
  const failures = [...first.failures];
  for (let next = first.next_offset; next !== null; ) {
    const { said } = await ask("GET", path`/jobs/${id}?offset=${next}`, { signal });
    failures.push(...said.failures);
    next = said.next_offset;
  }
  return failures;
}

function outcome({ items }, said) {
  const failed = said.failed?.map?.(({ index, error }) => ({ index, message: error.message })) ?? said.failures;
  const failures = failed.map(({ index, message }) => ({ what: items[index].path, why: message }));
  if (said.error) failures.push({ what: `the ${said.left} that were left`, why: said.error.message });
  return { written: said.upserted ?? said.written, warnings: said.warnings ?? [], failures };
}

function refused({ items }, error) {
  const own = new Map((error.details.failed ?? []).map(({ index, error: why }) => [index, why.message]));
  return items.map(({ path }, index) => ({ what: path, why: own.get(index) ?? error.message }));
}
