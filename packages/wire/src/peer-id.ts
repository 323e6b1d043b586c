import { CLIENT_NAMES, LONE_LETTER_NAMES } from './client-names.js';
import { LocalProtocolError } from './errors.js';

/** Which program a peer id names. Anybody can write anything there: for people to read, never for a decision. */
export interface ClientName {
  readonly name: string;
  /** As far as the id tells; empty when it does not. */
  readonly version: string;
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const DASHED_NAMES: Readonly<Record<string, string>> = { M: 'BitTorrent (mainline)', Q: 'Queen Bee', 'A2-': 'aria2' };
/** Version digits of the older style, beyond 9 as letters. */
const DIGITS = `${ALPHABET}.-`;

/**
 * A peer id of ours: `-UK0120-` and twelve random characters, for version 0.12.0 or the like (BEP 20).
 *
 * @param version - four characters, letters or digits.
 * @param randomBelow - gives an integer from 0 to below its argument.
 * @throws {LocalProtocolError} `bad-argument` for a version of another form.
 * @example
 * ```ts
 * import { randomInt } from 'node:crypto';
 * import { makePeerId } from '@unchoke/wire';
 *
 * console.assert(String.fromCharCode(...makePeerId('0100', randomInt)).startsWith('-UK0100-'));
 * ```
 */
export function makePeerId(version: string, randomBelow: (bound: number) => number): Uint8Array {
  if (!/^[0-9A-Za-z]{4}$/.test(version)) {
    throw new LocalProtocolError('bad-argument', `a version in a peer id is four letters or digits, not “${version}”`);
  }
  const text = `-UK${version}-`;
  return Uint8Array.from({ length: 20 }, (_, index) => {
    return index < text.length ? text.charCodeAt(index) : ALPHABET.charCodeAt(randomBelow(ALPHABET.length));
  });
}

/**
 * The program and version that a peer id names, in the styles of BEP 20; `undefined` when it follows none of them.
 *
 * @example
 * ```ts
 * import { identifyClient } from '@unchoke/wire';
 *
 * const peerId = Uint8Array.from('-TR3000-abcdefghijkl', (character) => character.charCodeAt(0));
 * const client = identifyClient(peerId);
 * console.assert(client?.name === 'Transmission' && client.version === '3.0.0.0');
 * ```
 */
export function identifyClient(peerId: Uint8Array): ClientName | undefined {
  const text = String.fromCharCode(...peerId.subarray(0, 20));
  return dashedStyle(text) ?? azureusStyle(text) ?? mainlineStyle(text) ?? shadowStyle(text);
}

/** `-TR3000-`: two characters, four of version. */
function azureusStyle(text: string): ClientName | undefined {
  const match = /^-([A-Za-z][A-Za-z0-9~])([0-9A-Za-z]{4})[-0-9A-Za-z]/.exec(text);
  if (match === null) return undefined;
  const [, code, version] = match as unknown as [string, string, string];
  const name = CLIENT_NAMES[code];
  const digits = [...version].map((character) => ALPHABET.indexOf(character)).join('.');
  return { name: name ?? `unknown (${code})`, version: digits };
}

/** `-ML2.7.2-` and `-BOWA0C-`. */
function dashedStyle(text: string): ClientName | undefined {
  const donkey = /^-ML([0-9.]{3,8})-/.exec(text);
  if (donkey !== null) return { name: 'MLdonkey', version: donkey[1]! };
  const wheels = /^-BOW([0-9A-Z]{3})-/.exec(text);
  return wheels === null ? undefined : { name: 'Bits on Wheels', version: wheels[1]! };
}

/** `M4-3-6--`, `Q1-10-0-`, aria2's `A2-1-36-0-`, `XBT054d-`, `exbc`. */
function mainlineStyle(text: string): ClientName | undefined {
  const mainline = /^(M|Q|A2-)(\d+)-(\d+)-(\d+)-/.exec(text);
  if (mainline !== null) return { name: DASHED_NAMES[mainline[1]!]!, version: mainline.slice(2, 5).join('.') };
  const xbt = /^XBT(\d)(\d)(\d)[d-]-?/.exec(text);
  if (xbt !== null) return { name: 'XBT Client', version: xbt.slice(1, 4).join('.') };
  if (!text.startsWith('exbc')) return undefined;
  const version = `${text.charCodeAt(4)}.${String(text.charCodeAt(5)).padStart(2, '0')}`;
  return { name: text.slice(6, 10) === 'LORD' ? 'BitLord' : 'BitComet', version };
}

/** `S58B-----`: one letter, up to five characters of version, dashes. */
function shadowStyle(text: string): ClientName | undefined {
  const match = /^([AOQRSTU])([0-9A-Za-z.]{1,5})-*---/.exec(text);
  if (match === null || !/^.{6}---/.test(text)) return undefined;
  const version = [...match[2]!].map((character) => DIGITS.indexOf(character)).join('.');
  return { name: LONE_LETTER_NAMES[match[1]!]!, version };
}
