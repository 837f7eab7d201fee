// Asking the service: the key in a header, refusals as errors with the service's own words.

import { askForKey, key, keyHeaders } from "./keys.js";

export class Refused extends Error {
  constructor(status, error, retryAfterS = 0) {
    super(error.message ?? `the service answered ${status}`);
    this.status = status;
    // Zero: waiting does not help.
    this.retryAfterS = retryAfterS;
    this.code = error.code ?? "";
    this.details = error.details ?? {};
    this.requestId = error.request_id ?? "";
  }
}

// A path whose inserted parts are escaped: path`/documents/${id}`.
export function path(parts, ...values) {
  return parts.reduce((whole, part, at) => whole + encodeURIComponent(values[at - 1]) + part);
}

// Below whatever prefix the page was loaded from.
export function address(where) {
  return new URL(where.replace(/^\//, ""), document.baseURI.replace(/[#?].*$/, "")).href;
}

// Send a request and return the response; a refusal is thrown.
export async function send(method, where, { json, form, headers = {}, signal } = {}) {
  const body = form ?? (json === undefined ? undefined : JSON.stringify(json));
  const type = json === undefined ? {} : { "Content-Type": "application/json" };
  for (let asked = false; ; asked = true) {
    const used = key();
    const response = await reached(address(where), {
      method, body, signal, headers: { ...headers, ...type, ...keyHeaders() }, credentials: "omit",
    });
    if (response.ok) return response;
    const error = await refusal(response);
    if (response.status !== 401 || asked) throw error;
    // Another request may have got a key meanwhile.
    if (used === key() && !(await askForKey(used ? `${error.message}. Another key?` : undefined))) throw error;
  }
}

// Send a request and return what the answer's JSON says, with its headers.
export async function ask(method, where, options) {
  const response = await send(method, where, options);
  return { said: await response.json(), headers: response.headers, status: response.status };
}

async function reached(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, { message: "The service cannot be reached. Is it running?", code: "unreachable" });
  }
}

async function refusal(response) {
  const retryAfterS = Number(response.headers.get("Retry-After")) || 0;
  try {
    return new Refused(response.status, (await response.json()).error, retryAfterS);
  } catch {
    return new Refused(response.status, {}, retryAfterS);
  }
}
