import { type BencodeNode, type Encodable, encode } from '@unchoke/bencode';
import type { AnnounceFailure, SwarmCounts } from './announce.js';
import { checkHash, checkInteger } from './fields.js';
import { HASH_BYTES } from './limits.js';
import { countAt, failureDict, readBody, readFailure, textAt } from './reply-body.js';

/** What a tracker answers to a scrape over HTTP (BEP 48). */
export type ScrapeReply = ScrapeSwarms | AnnounceFailure;

/** The swarms that a tracker told about; those it does not know may be missing. */
export interface ScrapeSwarms {
  readonly type: 'swarms';
  readonly swarms: readonly ScrapedSwarm[];
  /** How many entries were no swarms; absent when all were. */
  readonly malformedSwarmCount?: number;
}

/** One swarm of a scrape, with the hash it was listed under. */
export interface ScrapedSwarm extends SwarmCounts {
  readonly infoHash: Uint8Array;
}

/**
 * Reads the body of a scrape over HTTP, as leniently and as strictly as an announce. An entry without a hash of 20 bytes
 * or without counts costs itself. Hashes are copies.
 *
 * @throws {TrackerError} `malformed-reply`, with offset and path.
 * @example
 * ```ts
 * import { decodeScrapeReply } from '@unchoke/tracker';
 *
 * const text = `d5:filesd20:${'h'.repeat(20)}d8:completei5e10:incompletei7eeee`;
 * const reply = decodeScrapeReply(Uint8Array.from(text, (character) => character.charCodeAt(0)));
 * if (reply.type === 'swarms') console.assert(reply.swarms[0]?.complete === 5);
 * ```
 */
export function decodeScrapeReply(body: Uint8Array): ScrapeReply {
  return readBody(body, (root) => readFailure(root) ?? readSwarms(root.get('files')));
}

/**
 * Writes the body of a scrape over HTTP.
 *
 * @throws {TrackerError} `bad-field` when a count or a hash cannot be written.
 * @example
 * ```ts
 * import { encodeScrapeReply } from '@unchoke/tracker';
 *
 * const infoHash = new Uint8Array(20).fill(0x68);
 * const body = encodeScrapeReply({ type: 'swarms', swarms: [{ infoHash, complete: 5, incomplete: 7, downloaded: 9 }] });
 * console.assert(body.length === 79);
 * ```
 */
export function encodeScrapeReply(reply: ScrapeReply): Uint8Array {
  if (reply.type === 'failure') return encode(failureDict(reply));
  return encode(new Map([['files', new Map(reply.swarms.map((swarm) => [keyOf(swarm.infoHash), swarmDict(swarm)]))]]));
}

function readSwarms(files: BencodeNode): ScrapeSwarms {
  const swarms: ScrapedSwarm[] = [];
  let malformedSwarmCount = 0;
  for (const [key, entry] of files.entries()) {
    const swarm = key.length === HASH_BYTES && entry.type === 'dict' ? readSwarm(key, entry) : undefined;
    if (swarm === undefined) malformedSwarmCount++;
    else swarms.push(swarm);
  }
  return { type: 'swarms', swarms, ...(malformedSwarmCount === 0 ? {} : { malformedSwarmCount }) };
}

function readSwarm(key: string, entry: BencodeNode): ScrapedSwarm | undefined {
  const complete = countAt(entry, 'complete');
  const incomplete = countAt(entry, 'incomplete');
  if (complete === undefined || incomplete === undefined) return undefined;
  const downloaded = countAt(entry, 'downloaded');
  const name = textAt(entry, 'name');
  return {
    infoHash: Uint8Array.from(key, (character) => character.charCodeAt(0)),
    complete,
    incomplete,
    ...(downloaded === undefined ? {} : { downloaded }),
    ...(name === undefined ? {} : { name }),
  };
}

/** Keys are one character per byte, so that a raw hash is a key like any other. */
function keyOf(infoHash: Uint8Array): string {
  checkHash(infoHash, 'infoHash');
  return String.fromCharCode(...infoHash);
}

function swarmDict(swarm: ScrapedSwarm): Encodable {
  const dict = new Map<string, Encodable>();
  for (const name of ['complete', 'downloaded', 'incomplete'] as const) {
    const value = swarm[name];
    if (value === undefined) continue;
    checkInteger(value, name, Number.MAX_SAFE_INTEGER);
    dict.set(name, value);
  }
  if (swarm.name !== undefined) dict.set('name', swarm.name);
  return dict;
}
