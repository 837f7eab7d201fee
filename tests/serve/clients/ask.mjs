// Asks a service by OpenAI's client for Node: `node ask.mjs URL MODEL`, beside its node_modules.
import OpenAI from 'openai';

const [url, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL: url, apiKey: 'none', maxRetries: 0 });
const described = await client.models.retrieve(model);
const input = ['a red mug', 'a blue chair'];
const reply = await client.embeddings.create({ model, input });
const floats = await client.embeddings.create({ model, input, encoding_format: 'float' });
let refusal = null;
try {
  await client.embeddings.create({ model: 'text-embedding-ada-002', input });
} catch (error) {
  refusal = { status: error.status, code: error.code, message: error.message };
}
console.log(JSON.stringify({
  id: described.id,
  vectors: reply.data.map((item) => item.embedding),
  floats: floats.data.map((item) => item.embedding),
  refusal,
}));
