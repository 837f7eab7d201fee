// Documents written, read, listed and deleted, and the lists and reports beside them.
import encoding from 'k6/encoding';
import exec from 'k6/execution';
import http from 'k6/http';
import { ask, json, options as gate, send, staged, summary, warm } from './lib.js';
import { picture } from './picture.js';

const NAMESPACE = 'k6-documents';
const PICTURE = picture(64);
const PLACE = `namespace=${NAMESPACE}`;
const READS = [
  ['GET /documents/{document_id}', `/documents/kept?${PLACE}`],
  ['GET /documents/{document_id}/image', `/documents/kept/image?${PLACE}`],
  ['GET /documents', `/documents?${PLACE}`],
  ['GET /namespaces', '/namespaces'],
  ['GET /v1/models', '/v1/models'],
  ['GET /slo', '/slo'],
  ['GET /sustainability', '/sustainability'],
];
const REMOVE = 'DELETE /documents/{document_id}';

export const options = gate(
  ['PUT /documents', 'POST /documents/upload', REMOVE, ...READS.map(([route]) => route)],
  { rounds: staged(60, 150) },
);
export const handleSummary = summary('documents');

const written = (document) => json('PUT /documents', { namespace: NAMESPACE, documents: [document] });
const uploaded = () => [
  'POST /documents/upload',
  { file: http.file(PICTURE, 'picture.bmp', 'image/bmp'), namespace: NAMESPACE },
];

export function setup() {
  const kept = { id: 'kept', text: 'a red mug', image_base64: encoding.b64encode(PICTURE) };
  warm([written(kept), ...READS.map(([route, path]) => [route, null, {}, path])]);
}

// One round by one client: what it wrote it deletes; what it reads is always there.
export default function () {
  const id = `d${exec.scenario.iterationInTest}`;
  const answer = ask(...written({ id, text: `a blue chair, number ${id}` }));
  for (const [route, path] of READS) ask(route, null, {}, path);
  ask(...uploaded());
  if (answer.status === 200) ask(REMOVE, null, {}, `/documents/${id}?${PLACE}`);
}

// The uploads' ids are not known: page by page until nothing is left.
export function teardown() {
  for (let pages = 0; pages < 100; pages++) {
    const page = send('GET /documents', null, {}, `/documents?${PLACE}&limit=100`, {}, 'text');
    if (page.status !== 200 || page.json().documents.length === 0) return;
    for (const { id } of page.json().documents) {
      send(REMOVE, null, {}, `/documents/${encodeURIComponent(id)}?${PLACE}`);
    }
  }
}
