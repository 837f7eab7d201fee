// Which colour a point has: by values where they are few, by ranges where they are many numbers.

import { count, digits } from "./format.js";

// Colours of the sheet; what has none of them is "other".
const MOST = 7;
const NAMES = ["black", "blue", "brown", "gray", "green", "grey", "orange", "pink", "purple", "red", "white", "yellow"];
const NONE = "none";
const OTHER = "other";

// Return the class of a value and the legend, `[class, text]` each.
export function colouring(values) {
  const there = values.filter((value) => value !== null);
  if (!there.length) return { of: () => "map-0", legend: [] };
  const kinds = tally(there);
  const isMany = kinds.length > MOST && there.every((value) => typeof value === "number");
  const parts = isMany ? ranges(there) : sorts(kinds);
  const missing = values.length - there.length;
  if (missing) parts.legend.push([`map-${NONE}`, `no value (${count(missing)})`]);
  return { of: (value) => (value === null ? `map-${NONE}` : parts.of(value)), legend: parts.legend };
}

// Different values with how often each is there, the most frequent first.
function tally(values) {
  const counted = new Map();
  for (const value of values) counted.set(value, (counted.get(value) ?? 0) + 1);
  return [...counted].sort(([, one], [, other]) => other - one);
}

function sorts(kinds) {
  if (kinds.every(([value]) => NAMES.includes(value))) return named(kinds);
  const classes = new Map(kinds.slice(0, MOST).map(([value], at) => [value, `map-${at}`]));
  const legend = kinds.slice(0, MOST).map(([value, often], at) => [`map-${at}`, `${value} (${count(often)})`]);
  const others = kinds.slice(MOST).reduce((sum, [, often]) => sum + often, 0);
  if (others) legend.push([`map-${OTHER}`, `${count(kinds.length - MOST)} other values (${count(others)})`]);
  return { of: (value) => classes.get(value) ?? `map-${OTHER}`, legend };
}

// Values that are names of colours have these colours: red shown in blue would mislead.
function named(kinds) {
  const classOf = (value) => `map-is map-is-${value}`;
  return { of: classOf, legend: kinds.map(([value, often]) => [classOf(value), `${value} (${count(often)})`]) };
}

// Ranges that hold about as many each.
function ranges(numbers) {
  const ordered = [...numbers].sort((one, other) => one - other);
  const edges = [...new Set(Array.from({ length: MOST - 1 }, (_, at) => ordered[Math.floor(((at + 1) * ordered.length) / MOST)]))];
  const at = (value) => edges.filter((edge) => value >= edge).length;
  const text = (index) => {
    if (index === 0) return `below ${digits(edges[0])}`;
    return index === edges.length ? `from ${digits(edges[index - 1])}` : `${digits(edges[index - 1])} to ${digits(edges[index])}`;
  };
  return { of: (value) => `map-${at(value)}`, legend: [...edges, null].map((_, index) => [`map-${index}`, text(index)]) };
}
