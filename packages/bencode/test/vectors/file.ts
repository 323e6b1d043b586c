import { VECTORS } from './cases.js';

const ABOUT = [
  'Inputs for decoders of bencode (BEP 3), and what each must make of them. Free to use in any language.',
  'input, strings and keys are hexadecimal; integers are decimal text. Each vector has either value or error.',
  'offset is where the first byte stands that cannot be, or where the bytes end; a decoder without offsets may ignore it.',
  'lenient, where it stands, is the outcome for a decoder that forgives the order of keys and nothing else.',
  'Bounds assumed: depth 100, 67108864 bytes a string, 1024 digits an integer.',
];

/** The text of `bencode.json`: one vector a line, so that changes read well. */
export function vectorFile(): string {
  const lines = VECTORS.map((vector) => `    ${JSON.stringify(vector)}`).join(',\n');
  return `{\n  "about": ${JSON.stringify(ABOUT, null, 2).replaceAll('\n', '\n  ')},\n  "vectors": [\n${lines}\n  ]\n}\n`;
}
