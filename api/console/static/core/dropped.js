// Files of what was dropped: folders are walked, hidden files left out.

const isHidden = (name) => name.startsWith(".");

// The files of a drop, with the path each has below what was dropped.
export async function filesOf(data) {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = await Promise.all(entries.map((entry) => walked(entry, "")));
  return found.flat();
}

async function walked(entry, below) {
  if (isHidden(entry.name)) return [];
  const path = below + entry.name;
  if (entry.isFile) return [{ path, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) }];
  const found = [];
  for (const child of await children(entry.createReader())) found.push(...(await walked(child, `${path}/`)));
  return found;
}

// A reader gives a hundred at a time, and nothing at the end.
async function children(reader) {
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return all;
    all.push(...some);
  }
}

// The files of an input; one for folders gives paths.
export function chosen(input) {
  return [...input.files]
    .map((file) => ({ path: file.webkitRelativePath || file.name, file }))
    .filter(({ path }) => !path.split("/").some(isHidden));
}
