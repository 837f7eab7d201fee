// Tables as documents: RFC 4180 with the separator of the first line, types by whole columns.

const NAME = /[^A-Za-z0-9_.-]/g;

// The rows of a text, each a list of cells with the number of the line it begins at.
export function rowsOf(text) {
  const separator = separatorOf(text);
  const rows = [];
  let row = { line: 1, cells: [] };
  let [cell, quoted, line] = ["", false, 1];
  const endCell = () => {
    row.cells.push(cell);
    cell = "";
  };
  const endRow = () => {
    endCell();
    if (row.cells.length > 1 || row.cells[0] !== "") rows.push(row);
    row = { line: line + 1, cells: [] };
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === '"' && text[at + 1] === '"') [cell, at] = [cell + '"', at + 1];
    else if (character === '"' && (quoted || cell === "")) quoted = !quoted;
    else if (quoted || (character !== separator && character !== "\n" && character !== "\r")) cell += character;
    else if (character === separator) endCell();
    else if (character === "\n") endRow();
    if (character === "\n") line += 1;
  }
  if (quoted) throw new Error(`the quotes that open in the row of line ${row.line} are never closed`);
  endRow();
  return rows;
}

function separatorOf(text) {
  const first = text.slice(0, (text.indexOf("\n") + 1 || text.length + 1) - 1);
  const counts = [",", ";", "\t"].map((one) => [first.split(one).length, one]);
  return counts.sort((a, b) => b[0] - a[0])[0][1];
}

// Documents of a table, and the rows that are none, each with its reason.
export function documentsOf(text) {
  const [head, ...rows] = rowsOf(text.replace(/^\ufeff/, ""));
  if (!head || !rows.length) throw new Error("the table has no rows below its names");
  const names = head.cells.map((name) => fieldName(name.trim()));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`two columns are called ${twice}`);
  const whole = rows.filter((row) => row.cells.length === names.length);
  const failures = rows
    .filter((row) => row.cells.length !== names.length)
    .map((row) => ({ what: `line ${row.line}`, why: `it has ${row.cells.length} cells, the table ${names.length} columns` }));
  const numeric = names.map((_, at) => whole.every((row) => isNumber(row.cells[at])));
  return { documents: whole.map((row) => documentOf(row, names, numeric)), failures };
}

function documentOf({ line, cells }, names, numeric) {
  const row = Object.fromEntries(names.map((name, at) => [name, cells[at]]));
  const { id, text, ...others } = row;
  // Without a column of texts, its words are those of all columns.
  const words = text ?? cells.filter((cell, at) => cell && !numeric[at]).join(". ");
  const typed = Object.keys(others)
    .filter((name) => others[name] !== "")
    .map((name) => [name, numeric[names.indexOf(name)] ? Number(others[name]) : others[name]]);
  return { line, document: { ...(id && { id }), text: words, metadata: Object.fromEntries(typed) } };
}

function isNumber(cell) {
  return cell === "" || (cell.trim() === cell && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(cell) && Number.isSafeInteger(Math.trunc(Number(cell))));
}

function fieldName(text) {
  const name = text.replace(NAME, "_");
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
}
