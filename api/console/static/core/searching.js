// What a search of the page is: its state, its address and the body that is sent.

export const MODES = { hybrid: "Words and meaning", semantic: "Meaning only", keyword: "Words only" };
const PAGE = 24;

// The state that an address names.
export function stateOf(params) {
  const weight = Number(params.get("weight") ?? 0.6);
  return {
    query: params.get("query") ?? "",
    namespace: params.get("namespace") ?? "",
    mode: params.get("mode") in MODES ? params.get("mode") : "hybrid",
    weight: weight >= 0 && weight <= 1 ? weight : 0.6,
    recent: params.get("recent") === "1",
    view: params.get("view") === "list" ? "list" : "grid",
    sort: params.get("sort") ?? "",
    facet: params.get("facet") ?? "",
    conditions: conditionsOf(params.get("filter")),
    picture: null,
    like: idsOf(params.get("like")),
    unlike: idsOf(params.get("unlike")),
  };
}

function idsOf(text) {
  const read = listOf(text);
  return read.every((one) => typeof one === "string") ? read : [];
}

function conditionsOf(text) {
  return listOf(text).filter((one) => typeof one?.field === "string");
}

function listOf(text) {
  try {
    const read = JSON.parse(text ?? "[]");
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}

// The parameters of an address; a picture has no place in one.
export function paramsOf(state) {
  return {
    query: state.query,
    namespace: state.namespace,
    mode: state.mode === "hybrid" ? "" : state.mode,
    weight: state.weight === 0.6 ? "" : state.weight,
    recent: state.recent ? "1" : "",
    view: state.view === "grid" ? "" : state.view,
    sort: state.sort,
    facet: state.facet,
    filter: state.conditions.length ? JSON.stringify(state.conditions) : "",
    like: state.like.length ? JSON.stringify(state.like) : "",
    unlike: state.unlike.length ? JSON.stringify(state.unlike) : "",
  };
}

// Without a query a condition, an order or a count is enough: what fits is listed.
export function isEmpty(state) {
  return !hasQuery(state) && !state.like.length && !state.conditions.length && !state.sort && !state.facet;
}

function hasQuery(state) {
  return Boolean(state.query.trim() || state.picture);
}

// The body of `POST /search`; `image_base64` is added by who sends it.
export function bodyOf(state, offset = 0) {
  const ranked = hasQuery(state);
  const alike = !ranked && state.like.length > 0;
  const weights = { semantic_weight: state.weight, keyword_weight: Number((1 - state.weight).toFixed(2)) };
  return {
    namespace: state.namespace,
    ...(state.query.trim() && { query: state.query }),
    ...(ranked && state.mode !== "hybrid" && { mode: state.mode }),
    ...(ranked && state.mode === "hybrid" && state.weight !== 0.6 && { fusion: weights }),
    ...(ranked && state.recent && { prefer_recent: true }),
    ...(state.conditions.length && { filter: filterOf(state.conditions) }),
    ...(state.sort && { sort: [sortOf(state.sort)] }),
    ...(state.facet && { facets: [{ field: state.facet }] }),
    limit: PAGE,
    ...(offset && { offset }),
    ...(alike && { like: state.like, ...(state.unlike.length && { unlike: state.unlike }) }),
    ...((ranked || alike) && { explain: true }),
  };
}

// `-price` is from the greatest down.
function sortOf(text) {
  return text.startsWith("-") ? { field: text.slice(1), order: "desc" } : { field: text };
}

function filterOf(conditions) {
  return conditions.length === 1 ? conditions[0] : { and: conditions };
}
