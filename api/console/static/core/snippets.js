// A request written for curl, Python and JavaScript. A key is named by its variable, never shown.

const KEY = "BRAINWAV_KEY";

function shellQuoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function pythonOf(value, indent = "") {
  const inner = `${indent}    `;
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map((one) => pythonOf(one, indent)).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([name, one]) => `${inner}${JSON.stringify(name)}: ${pythonOf(one, inner)},\n`);
  return `{\n${members.join("")}${indent}}`;
}

export function curl(url, body, withKey) {
  const key = withKey ? ` \\\n  -H "Authorization: Bearer $${KEY}"` : "";
  return `curl -s ${shellQuoted(url)} -H 'Content-Type: application/json'${key} \\\n  -d ${shellQuoted(JSON.stringify(body))}`;
}

export function python(url, body, withKey) {
  const head = withKey ? "import os\n\nimport httpx\n" : "import httpx\n";
  const key = withKey ? `,\n    headers={"Authorization": "Bearer " + os.environ["${KEY}"]}` : "";
  return `${head}\nanswer = httpx.post(\n    ${JSON.stringify(url)}${key},\n    json=${pythonOf(body, "    ")},\n)\nprint(answer.json())`;
}

export function javascript(url, body, withKey) {
  const key = withKey ? `\n    Authorization: \`Bearer \${process.env.${KEY}}\`,` : "";
  return `const answer = await fetch(${JSON.stringify(url)}, {\n  method: "POST",\n  headers: {\n    "Content-Type": "application/json",${key}\n  },\n  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll("\n", "\n  ")}),\n});\nconsole.log(await answer.json());`;
}
