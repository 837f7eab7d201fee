// Texts and a picture through each of the three doors. Of the embedded default's limits that of
// single files, one a second, is passed: what is over it is refused and counted as such.
import http from 'k6/http';
import exec from 'k6/execution';
import { ask, json, options as gate, read, staged, summary, warm } from './lib.js';
import { picture } from './picture.js';

const TEXTS = ['a striped red mug', 'a blue chair', 'a spotted green vase with a yellow lid'];
const PICTURE = picture(64);

export const options = gate(
  ['POST /embed', 'POST /v1/embeddings', 'POST /embed/multimodal'],
  { embeddings: staged(120, 300) },
);
export const handleSummary = summary('embed');

function calls(turn, model) {
  const text = TEXTS[turn % TEXTS.length];
  const file = http.file(PICTURE, 'picture.bmp', 'image/bmp');
  return [
    json('POST /embed', { inputs: [{ text }] }),
    json('POST /v1/embeddings', { input: text, model }),
    ['POST /embed/multimodal', { file, modality: 'IMAGE' }],
  ];
}

export function setup() {
  warm([]);
  const model = read('/v1/models').data[0].id;
  warm(calls(0, model));
  return { model };
}

export default function ({ model }) {
  const turn = exec.scenario.iterationInTest;
  ask(...calls(turn, model)[turn % 3]);
}
