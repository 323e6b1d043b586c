import { type BencodeNode, type Encodable, encode } from '@unchoke/bencode';
import { LocalProtocolError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { optional, readDict } from './payload.js';

/**
 * What a peer tells in the extended handshake (BEP 10). Everything is optional, and it may come again with changes.
 *
 * @example
 * ```ts
 * import type { ExtendedHandshake } from '@unchoke/wire';
 *
 * const handshake: ExtendedHandshake = { extensions: new Map([['ut_pex', 2]]), client: 'Unchoke 0.1' };
 * console.assert(handshake.extensions?.get('ut_pex') === 2);
 * ```
 */
export interface ExtendedHandshake {
  /** `m`: ids for messages to the sender, by name. 0 switches an extension off; names that are missing stay as they were. */
  readonly extensions?: ReadonlyMap<string, number>;
  /** `v`: name and version of the program. Anybody can write anything there. */
  readonly client?: string;
  /** `p`: the TCP port the sender listens on. */
  readonly port?: number;
  /** `reqq`: outstanding requests the sender keeps without dropping any. */
  readonly requestQueue?: number;
  /** `yourip`: our address as the sender sees it, 4 or 16 bytes. */
  readonly yourIp?: Uint8Array;
  /** `ipv4`: another address of the sender, 4 bytes. */
  readonly ipv4?: Uint8Array;
  /** `ipv6`: another address of the sender, 16 bytes. */
  readonly ipv6?: Uint8Array;
  /** `metadata_size` (BEP 9). */
  readonly metadataSize?: number;
  /** `upload_only` (BEP 21): the sender downloads nothing. */
  readonly uploadOnly?: boolean;
}

/** A handshake as it was read. */
export interface ParsedExtendedHandshake extends ExtendedHandshake {
  /** Keys that were there with a value that cannot be, like a negative size. They count as absent. */
  readonly ignored: readonly string[];
}

/**
 * Writes the payload of an extended handshake.
 *
 * @throws {LocalProtocolError} `bad-argument` for a field that a peer would ignore.
 * @example
 * ```ts
 * import { encodeExtendedHandshake } from '@unchoke/wire';
 *
 * const payload = encodeExtendedHandshake({ extensions: new Map([['ut_metadata', 3]]), metadataSize: 31_235 });
 * console.assert(String.fromCharCode(...payload) === 'd1:md11:ut_metadatai3ee13:metadata_sizei31235ee');
 * ```
 */
export function encodeExtendedHandshake(handshake: ExtendedHandshake): Uint8Array {
  const { extensions, client, port, requestQueue, yourIp, ipv4, ipv6, metadataSize, uploadOnly } = handshake;
  const fields: readonly (readonly [string, Encodable | undefined])[] = [
    ['m', extensions],
    ['v', client],
    ['p', port],
    ['reqq', requestQueue],
    ['yourip', yourIp],
    ['ipv4', ipv4],
    ['ipv6', ipv6],
    ['metadata_size', metadataSize],
    ['upload_only', uploadOnly === undefined ? undefined : Number(uploadOnly)],
  ];
  const payload = encode(new Map(fields.filter((field): field is [string, Encodable] => field[1] !== undefined)));
  const { ignored } = parseExtendedHandshake(payload);
  if (ignored.length > 0) {
    throw new LocalProtocolError('bad-argument', `in an extended handshake no peer would accept ${ignored.join(', ')}`);
  }
  return payload;
}

/**
 * Reads the payload of an extended handshake. A bad field is ignored by itself (and named in `ignored`); bytes are views.
 *
 * @throws {RemoteProtocolError} `payload-malformed` when it is no dictionary at all.
 * @example
 * ```ts
 * import { parseExtendedHandshake } from '@unchoke/wire';
 *
 * const payload = Uint8Array.from('d1:md6:ut_pexi1ee4:reqqi-5ee', (character) => character.charCodeAt(0));
 * const handshake = parseExtendedHandshake(payload);
 * console.assert(handshake.extensions?.get('ut_pex') === 1 && handshake.ignored.join() === 'reqq');
 * ```
 */
export function parseExtendedHandshake(payload: Uint8Array): ParsedExtendedHandshake {
  const dict = readDict('extended handshake', payload);
  const ignored: string[] = [];
  const field = <T>(key: string, parse: (node: BencodeNode) => T | undefined): T | undefined => {
    return optional(dict, key, ignored, parse);
  };
  const fields = {
    extensions: field('m', (node) => parseExtensions(node, ignored)),
    client: field('v', clientName),
    port: field('p', (node) => node.integer({ min: 1, max: 65_535 })),
    requestQueue: field('reqq', (node) => node.integer({ min: 1 })),
    yourIp: field('yourip', (node) => address(node, [4, 16])),
    ipv4: field('ipv4', (node) => address(node, [4])),
    ipv6: field('ipv6', (node) => address(node, [16])),
    metadataSize: field('metadata_size', (node) => node.integer({ min: 1, max: LIMITS.metadataBytesMax })),
    uploadOnly: field('upload_only', (node) => node.integer() !== 0),
  };
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(present) as ExtendedHandshake), ignored };
}

function parseExtensions(node: BencodeNode, ignored: string[]): ReadonlyMap<string, number> | undefined {
  if (node.type !== 'dict') return undefined;
  const extensions = new Map<string, number>();
  const taken = new Set<number>();
  for (const [name, value] of node.entries()) {
    const messageId = value.type === 'integer' ? value.bigintOrNumber() : -1;
    const isId = typeof messageId === 'number' && messageId >= 0 && messageId <= 255;
    const isFree = isId && (messageId === 0 || !taken.has(messageId));
    // BEP 10, handshake message: no two extensions share an id. The first keeps it.
    if (!isFree || name.length > LIMITS.extensionNameBytesMax || extensions.size === LIMITS.extensionCountMax) {
      if (!ignored.includes('m')) ignored.push('m');
      continue;
    }
    taken.add(messageId);
    extensions.set(name, messageId);
  }
  return extensions;
}

const UTF_8 = new TextDecoder('utf-8');

/** BEP 10 says UTF-8; what is not is shown with replacement characters, since it is only for people to read. */
function clientName(node: BencodeNode): string {
  return UTF_8.decode(node.bytes().subarray(0, LIMITS.clientNameBytesMax));
}

function address(node: BencodeNode, lengths: readonly number[]): Uint8Array | undefined {
  const bytes = node.bytes();
  return lengths.includes(bytes.length) ? bytes : undefined;
}
