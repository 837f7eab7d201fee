// Searches by types that `openapi-typescript` generated; prints what it found.
//
//     node search.js http://127.0.0.1:8000
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };
const client = createClient<paths>({ baseUrl: process.argv[2] });
const cheap: components["schemas"]["Filter"] = { field: "price", op: "lt", value: 20 };
const documents = [
  { id: "cheap", text: "a red mug", metadata: { price: 5 } },
  { id: "dear", text: "a red mug", metadata: { price: 50 } },
];
await client.PUT("/documents", { body: { namespace: "typed", documents } });
const { data, error } = await client.POST("/search", {
  body: { query: "a red mug", namespace: "typed", filter: cheap },
});
if (error) throw new Error(error.error.message);
console.log(JSON.stringify(data.results.map((hit) => hit.id)));
