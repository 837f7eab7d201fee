// Where one is: `#/search?query=mug`. What stands after # is sent to nobody.

// Return the page's name and its parameters.
export function place() {
  const [name, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { name: name || "search", params: new URLSearchParams(query) };
}

export function link(name, params = {}) {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(given).toString();
  return `#/${name}${query && `?${query}`}`;
}

// Write down what a page shows, so that its address brings it back; nothing is loaded anew.
export function remember(name, params) {
  history.replaceState(null, "", link(name, params));
}
