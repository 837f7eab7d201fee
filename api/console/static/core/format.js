// Numbers as people read them.

export function count(number) {
  return number.toLocaleString("en");
}

export function digits(number, most = 3) {
  if (number === null || number === undefined) return "–";
  return Number(number).toLocaleString("en", { maximumSignificantDigits: most });
}

export function joules(energy_j) {
  if (energy_j === null || energy_j === undefined) return "not measured";
  return energy_j >= 3600 ? `${digits(energy_j / 3600)} Wh` : `${digits(energy_j)} J`;
}

export function percent(share) {
  return share === null || share === undefined ? "no data" : `${digits(share * 100, 4)} %`;
}

export function milliseconds(time_ms) {
  return time_ms === null || time_ms === undefined ? "–" : `${digits(time_ms)} ms`;
}

export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

export function short(text, most = 240) {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
