// The console: a frame with the list of pages, and the page that the address names.

import { h, show } from "./core/dom.js";
import { keyButton } from "./core/keys.js";
import { forgetPictures } from "./core/pictures.js";
import { link, place } from "./core/place.js";
import { failed } from "./parts/states.js";
import * as documents from "./pages/documents.js";
import * as map from "./pages/map.js";
import * as operations from "./pages/operations.js";
import * as plan from "./pages/plan.js";
import * as search from "./pages/search.js";

const PAGES = { search, documents, plan, map, operations };

const nav = h("nav", { "aria-label": "Pages" });
const keys = h("div", { class: "keys" });
const main = h("main", { id: "main", tabindex: "-1" });
// What the page that is shown has begun and must end: timers, streams, listeners.
let leaving = new AbortController();

function skip(event) {
  event.preventDefault();
  main.focus();
}

function frame() {
  const title = h("a", { href: link("search"), class: "name" }, "brAInwav Serve");
  return [
    h("a", { href: "#main", class: "skip", onclick: skip }, "Skip to content"),
    h("header", {}, title, nav, keys),
    main,
  ];
}

function drawNav(current) {
  const item = ([name, page]) =>
    h("a", { href: link(name), "aria-current": name === current && "page" }, page.title);
  show(nav, Object.entries(PAGES).map(item));
}

function drawKey() {
  const changed = () => {
    forgetPictures();
    open();
  };
  show(keys, keyButton(changed));
}

async function open() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { name, params } = place();
  const page = PAGES[name] ?? search;
  document.title = `${page.title} – brAInwav Serve`;
  drawNav(name);
  drawKey();
  const root = h("div", {});
  show(main, h("h1", {}, page.title), root);
  try {
    await page.open(root, params, signal);
  } catch (error) {
    if (!signal.aborted) show(root, failed(error, open));
  }
  if (!signal.aborted) drawKey();
}

show(document.body, frame());
addEventListener("hashchange", () => {
  open();
  main.focus();
});
open();
