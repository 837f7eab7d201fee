// Stored pictures: fetched with the key, since an <img> sends none, and shown from memory.

import { path, send } from "./api.js";
import { h } from "./dom.js";

const MOST = 400;
// A browser has six connections to a host: a search must never wait for pictures.
const AT_ONCE = 4;
// Of a card on a screen of two pixels each; of the widths that the service makes.
const WIDTH = 512;
const kept = new Map();
const wanted = [];
const loads = new WeakMap();
let loading = 0;

// Only what comes into sight is fetched.
const sight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    wanted.push(target);
  }
  loadNext();
}, { rootMargin: "200px" });

function loadNext() {
  while (loading < AT_ONCE && wanted.length) {
    const image = wanted.shift();
    // Another search may have taken it from the page.
    if (!image.isConnected) continue;
    loading += 1;
    loads.get(image)().finally(() => {
      loading -= 1;
      loadNext();
    });
  }
}

// An <img> that is filled when its picture comes; one that is missing says so.
export function picture(namespace, id, text = "") {
  const image = h("img", { alt: text || `Picture of ${id}`, class: "waiting" });
  const shown = (url) => {
    image.src = url;
    image.classList.remove("waiting");
  };
  const missing = () => image.replaceWith(h("span", { class: "no-picture" }, "No picture"));
  image.addEventListener("error", missing);
  loads.set(image, () => blobUrl(namespace, id).then(shown, missing));
  sight.observe(image);
  return image;
}

function blobUrl(namespace, id) {
  const where = path`/documents/${id}/image?namespace=${namespace}&width=${WIDTH}`;
  if (!kept.has(where)) {
    kept.set(where, load(where));
    forgetOldest();
  }
  return kept.get(where);
}

async function load(where) {
  try {
    return URL.createObjectURL(await (await send("GET", where)).blob());
  } catch (error) {
    kept.delete(where);
    throw error;
  }
}

function forgetOldest() {
  if (kept.size <= MOST) return;
  const [where, url] = kept.entries().next().value;
  kept.delete(where);
  url.then(URL.revokeObjectURL, () => {});
}

// Forget all pictures: another key may see others.
export function forgetPictures() {
  for (const url of kept.values()) url.then(URL.revokeObjectURL, () => {});
  kept.clear();
}

// A file as base64, as bodies carry it.
export function base64Of(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
