import { BencodeError, type BencodeNode, type BencodeType } from '@unchoke/bencode';
import { MetainfoError, type MetainfoErrorCode } from './errors.js';
import { LIMITS } from './limits.js';
import type { Notes } from './notes.js';
import { lossyText, strictText } from './text.js';

const NAMES: Readonly<Record<BencodeType, string>> = {
  integer: 'an integer',
  string: 'a string',
  list: 'a list',
  dict: 'a dictionary',
};

/** Put together once, not for every torrent. */
const UTF8_KEYS = {
  comment: 'comment.utf-8',
  'created by': 'created by.utf-8',
  encoding: 'encoding.utf-8',
  source: 'source.utf-8',
} as const;
type TextKey = keyof typeof UTF8_KEYS;

const NOT_ASCII = /\P{ASCII}/u;

export function refusal(node: BencodeNode, code: MetainfoErrorCode, problem: string): MetainfoError {
  return new MetainfoError(code, problem, node.path, node.offset);
}

/** The value of a key that must be there. */
export function required(dict: BencodeNode, key: string): BencodeNode {
  try {
    return expected(dict, 'dict').get(key);
  } catch (error) {
    if (!BencodeError.isInstance(error)) throw error;
    throw new MetainfoError('missing-field', 'this key is missing', error.path, error.offset);
  }
}

/** The node itself, if it is of that type. */
export function expected(node: BencodeNode, type: BencodeType): BencodeNode {
  if (node.type === type) return node;
  throw refusal(node, 'wrong-type', `expected ${NAMES[type]}, found ${NAMES[node.type]}`);
}

/** An integer that counts something: from 0 to 2^53 − 1. */
export function countOf(node: BencodeNode, code: MetainfoErrorCode): number {
  const value = expected(node, 'integer').bigintOrNumber();
  if (value < 0) throw refusal(node, code, `must not be negative, is ${shown(value)}`);
  if (typeof value === 'bigint') throw refusal(node, code, `must be at most 2^53 − 1, is ${shown(value)}`);
  return value;
}

/** The text of a string, whatever its bytes are. */
export function textOf(node: BencodeNode, notes: Notes): string {
  const text = expected(node, 'string').byteText();
  return NOT_ASCII.test(text) ? decodedText(node, notes) : text;
}

/** The text of a string of at most `bytesMax` bytes; nothing for what is longer or no string. */
export function shortTextOf(node: BencodeNode, bytesMax: number, notes: Notes): string | undefined {
  if (node.type !== 'string') return undefined;
  const text = node.byteText();
  if (text.length > bytesMax) return undefined;
  return NOT_ASCII.test(text) ? decodedText(node, notes) : text;
}

function decodedText(node: BencodeNode, notes: Notes): string {
  const bytes = node.bytes();
  const strict = strictText(bytes);
  if (strict !== undefined) return strict;
  notes.add('bad-text', 'is not UTF-8; each byte that is not is shown as %XX', node);
  return lossyText(bytes);
}

/** The value of an optional key when it has that type; noted when it has another. */
export function optional(dict: BencodeNode, key: string, type: BencodeType, notes: Notes): BencodeNode | undefined {
  const node = dict.find(key);
  if (node === undefined || node.type === type) return node;
  notes.add('field-ignored', `expected ${NAMES[type]}, found ${NAMES[node.type]}`, node);
  return undefined;
}

/** A text of no consequence; `key.utf-8` is preferred when it is there and really UTF-8. */
export function optionalText(dict: BencodeNode, key: TextKey, notes: Notes): string | undefined {
  const node = preferUtf8(optional(dict, key, 'string', notes), dict.find(UTF8_KEYS[key]));
  if (node === undefined) return undefined;
  const text = shortTextOf(node, LIMITS.textBytesMax, notes);
  if (text === undefined)
    notes.add('field-ignored', `is longer than ${LIMITS.textBytesMax} bytes (textBytesMax)`, node);
  return text;
}

/** Older programs wrote names in the code page of the machine and, beside it, the same in UTF-8. */
export function preferUtf8(plain: BencodeNode | undefined, utf8: BencodeNode | undefined): BencodeNode | undefined {
  if (utf8 === undefined || utf8.type !== 'string') return plain;
  return strictText(utf8.bytes()) === undefined ? plain : utf8;
}

export function shown(value: number | bigint): string {
  const digits = String(value);
  return digits.length > 24 ? `${digits.slice(0, 24)}…` : digits;
}

/** The key of a dictionary, which bencode gives one character per byte, as text. */
export function keyText(key: string, node: BencodeNode, notes: Notes): string {
  if (!NOT_ASCII.test(key)) return key;
  const bytes = Uint8Array.from(key, (character) => character.charCodeAt(0));
  const strict = strictText(bytes);
  if (strict !== undefined) return strict;
  notes.add('bad-text', 'the name is not UTF-8; each byte that is not is shown as %XX', node);
  return lossyText(bytes);
}
