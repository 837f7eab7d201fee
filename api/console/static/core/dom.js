// Elements from names, properties and children. Text becomes text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";

// An HTML element: `h("a", {href: "#/plan", onclick: go}, "Plan")`.
export function h(name, properties = {}, ...children) {
  return filled(document.createElement(name), properties, children);
}

// An element of a drawing.
export function svg(name, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, name), properties, children);
}

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value") element.value = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

// Show these children instead of those that are there.
export function show(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let numbers = 0;

// A control under its label.
export function field(label, control, hint = null) {
  control.id ||= `field-${++numbers}`;
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, hint && h("small", {}, hint));
}

export function option(value, text = value, chosen = false) {
  return h("option", { value, selected: chosen }, text);
}

export function button(text, onclick, properties = {}) {
  return h("button", { type: "button", onclick, ...properties }, text);
}
