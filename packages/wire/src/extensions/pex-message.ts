import { type BencodeNode, encode } from '@unchoke/bencode';
import { LocalProtocolError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { readU16, writeU16 } from '../u32.js';
import { formatIp, parseIp } from './ip.js';
import { readDict, reading } from './payload.js';

/**
 * The flags of a contact (BEP 11, protocol extension).
 *
 * @example
 * ```ts
 * import { PEX_FLAGS } from '@unchoke/wire';
 *
 * const isSeed = (0x12 & PEX_FLAGS.uploadOnly) !== 0;
 * console.assert(isSeed);
 * ```
 */
export const PEX_FLAGS = {
  prefersEncryption: 0x01,
  uploadOnly: 0x02,
  supportsUtp: 0x04,
  supportsHolepunch: 0x08,
  reachable: 0x10,
} as const;

/** Where a peer can be reached, as text and number. */
export interface PexAddress {
  readonly host: string;
  readonly port: number;
}

/** A contact that was added. */
export interface PexPeer extends PexAddress {
  /** Bits of `PEX_FLAGS`; 0 when the sender gave none. */
  readonly flags: number;
}

/**
 * A message of ut_pex (BEP 11): whom the sender is connected to since the last one, and whom no longer.
 *
 * @example
 * ```ts
 * import { encodePexMessage, parsePexMessage } from '@unchoke/wire';
 *
 * const added = [{ host: '192.0.2.1', port: 6881, flags: 0 }];
 * console.assert(parsePexMessage(encodePexMessage({ added, dropped: [] })).added[0]?.host === '192.0.2.1');
 * ```
 */
export interface PexMessage {
  readonly added: readonly PexPeer[];
  readonly dropped: readonly PexAddress[];
}

/** A message as it was read. */
export interface ParsedPexMessage extends PexMessage {
  /** Contacts that were left out: beyond `LIMITS.pexPeersMax`, said twice, or with an address or port nobody can have. */
  readonly ignoredCount: number;
}

/**
 * Writes the payload of a ut_pex message.
 *
 * @throws {LocalProtocolError} `bad-argument` for an address or port that is none, or more contacts than a peer reads.
 * @example
 * ```ts
 * import { encodePexMessage } from '@unchoke/wire';
 *
 * const payload = encodePexMessage({ added: [{ host: '192.0.2.1', port: 6881, flags: 2 }], dropped: [] });
 * console.assert(payload.length > 6);
 * ```
 */
export function encodePexMessage(message: PexMessage): Uint8Array {
  const added = split(message.added);
  const dropped = split(message.dropped);
  return encode({
    added: compact(added.v4, 4),
    'added.f': Uint8Array.from(added.v4, ({ flags }) => flags),
    added6: compact(added.v6, 16),
    'added6.f': Uint8Array.from(added.v6, ({ flags }) => flags),
    dropped: compact(dropped.v4, 4),
    dropped6: compact(dropped.v6, 16),
  });
}

/**
 * Reads the payload of a ut_pex message. Contacts that cannot be are left out and counted.
 *
 * @throws {RemoteProtocolError} `payload-malformed` when it is no dictionary, or a list of contacts is no string.
 * @example
 * ```ts
 * import { parsePexMessage } from '@unchoke/wire';
 *
 * const message = parsePexMessage(new Uint8Array([0x64, 0x65])); // de
 * console.assert(message.added.length === 0 && message.ignoredCount === 0);
 * ```
 */
export function parsePexMessage(payload: Uint8Array): ParsedPexMessage {
  const dict = readDict('ut_pex', payload);
  return reading('ut_pex', () => {
    const added = new ContactList(LIMITS.pexPeersMax);
    added.take(dict, 'added', 4);
    added.take(dict, 'added6', 16);
    const dropped = new ContactList(LIMITS.pexPeersMax);
    dropped.take(dict, 'dropped', 4);
    dropped.take(dict, 'dropped6', 16);
    return {
      added: added.peers,
      dropped: dropped.peers.map(({ host, port }) => ({ host, port })),
      ignoredCount: added.ignoredCount + dropped.ignoredCount,
    };
  });
}

class ContactList {
  readonly peers: PexPeer[] = [];
  ignoredCount = 0;
  readonly #max: number;
  readonly #seen = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes the contacts of one list. Bytes at its end that make no whole contact count as one that cannot be. */
  take(dict: BencodeNode, key: string, addressLength: 4 | 16): void {
    const bytes = dict.find(key)?.bytes();
    if (bytes === undefined) return;
    const flags = dict.find(`${key}.f`)?.bytes();
    const stride = addressLength + 2;
    const count = Math.ceil(bytes.length / stride);
    for (let index = 0; index < count; index++) {
      const ip = bytes.subarray(index * stride, index * stride + addressLength);
      const port = readU16(bytes, index * stride + addressLength);
      const isWhole = (index + 1) * stride <= bytes.length;
      if (this.peers.length === this.#max) {
        this.ignoredCount += count - index;
        return;
      }
      if (isWhole && port !== 0 && isUnicast(ip)) this.#add(formatIp(ip), port, flags?.[index] ?? 0);
      else this.ignoredCount++;
    }
  }

  #add(host: string, port: number, flags: number): void {
    const key = `${host} ${port}`;
    // BEP 11, protocol extension: contacts must not contain duplicates.
    if (this.#seen.has(key)) this.ignoredCount++;
    else {
      this.#seen.add(key);
      this.peers.push({ host, port, flags });
    }
  }
}

/** Not “this network”, not multicast, not broadcast. Which of the others may be dialled is the client's policy. */
function isUnicast(ip: Uint8Array): boolean {
  if (ip.length === 4) return ip[0] !== 0 && ip[0]! < 224;
  return ip[0] !== 0xff && ip.some((byte) => byte !== 0);
}

function split<T extends PexAddress>(contacts: readonly T[]): { readonly v4: readonly T[]; readonly v6: readonly T[] } {
  if (contacts.length > LIMITS.pexPeersMax) {
    throw new LocalProtocolError('bad-argument', `a PEX message names at most ${LIMITS.pexPeersMax} contacts a list`);
  }
  const isV6 = ({ host }: T): boolean => host.includes(':');
  return { v4: contacts.filter((contact) => !isV6(contact)), v6: contacts.filter(isV6) };
}

function compact(contacts: readonly PexAddress[], addressLength: 4 | 16): Uint8Array {
  const bytes = new Uint8Array(contacts.length * (addressLength + 2));
  for (const [index, { host, port }] of contacts.entries()) {
    const ip = parseIp(host);
    if (ip === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new LocalProtocolError('bad-argument', `“${host}” port ${port} is not an address a peer can have`);
    }
    const at = index * (addressLength + 2);
    bytes.set(ip, at);
    writeU16(bytes, at + addressLength, port);
  }
  return bytes;
}
