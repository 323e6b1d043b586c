import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ExpectedFacts } from './vector-cases.js';

/** An entry of vectors/torrents.json. */
export interface Vector {
  readonly name: string;
  readonly tests: string;
  readonly bytes: Uint8Array;
  readonly facts?: ExpectedFacts & { readonly infoHash: string | null; readonly infoHashV2: string | null };
  readonly error?: string;
}

type Stored = Omit<Vector, 'bytes'> & { readonly base64?: string; readonly gzipBase64?: string };

const stored = JSON.parse(
  readFileSync(new URL('./vectors/torrents.json', import.meta.url), 'utf8'),
) as readonly Stored[];

export const VECTORS: readonly Vector[] = stored.map(({ base64, gzipBase64, ...rest }) => ({
  ...rest,
  bytes: new Uint8Array(
    gzipBase64 === undefined ? Buffer.from(base64!, 'base64') : gunzipSync(Buffer.from(gzipBase64, 'base64')),
  ),
}));
