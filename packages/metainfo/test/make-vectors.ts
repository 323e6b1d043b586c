/*
 * Writes test/vectors/torrents.json: npx tsx --conditions=@unchoke/source test/make-vectors.ts
 *
 * The torrents are put together by hand (hand-bencode.ts) and what must come of each is said there, not computed by the
 * package; only the info-hashes are computed here, by node:crypto over the info dictionary.
 */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { sha1Hex, sha256Hex } from './hand-bencode.js';
import type { Case } from './vector-cases.js';
import { CASES_OUTSIDE } from './vector-cases-outside.js';
import { CASES_PATHS } from './vector-cases-paths.js';
import { CASES_V1 } from './vector-cases-v1.js';
import { CASES_V2 } from './vector-cases-v2.js';

/** Longer torrents are repetitive, and are kept compressed. */
const PLAIN_BYTES_MAX = 4096;

const vectors = [...CASES_V1, ...CASES_PATHS, ...CASES_OUTSIDE, ...CASES_V2].map((one) => {
  const { name, tests, bytes, info, facts, error } = one;
  const content = encoded(bytes);
  if (facts === undefined || info === undefined) return { name, tests, ...content, error };
  return { name, tests, ...content, facts: { ...facts, ...hashesOf(one, info) } };
});
const names = new Set(vectors.map(({ name }) => name));
if (names.size !== vectors.length) throw new Error('two vectors have the same name');
const lines = vectors.map((vector) => `  ${JSON.stringify(vector)}`);
writeFileSync(new URL('./vectors/torrents.json', import.meta.url), `[\n${lines.join(',\n')}\n]\n`);

function encoded(text: string): { readonly base64: string } | { readonly gzipBase64: string } {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length <= PLAIN_BYTES_MAX) return { base64: bytes.toString('base64') };
  return { gzipBase64: gzipSync(bytes, { level: 9 }).toString('base64') };
}

function hashesOf(
  { facts }: Case,
  info: string,
): { readonly infoHash: string | null; readonly infoHashV2: string | null } {
  return {
    infoHash: facts?.version === 'v2' ? null : sha1Hex(info),
    infoHashV2: facts?.version === 'v1' ? null : sha256Hex(info),
  };
}
