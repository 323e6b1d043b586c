import { BencodeError, type BencodeNode, type Encodable, read } from '@unchoke/bencode';
import type { AnnounceFailure } from './announce.js';
import { TrackerError } from './errors.js';
import { REPLY_BYTES_MAX, REPLY_DEPTH_MAX, REPLY_VALUES_MAX } from './limits.js';
import { readableText } from './text.js';

const READING = {
  // Many trackers send their keys in the order of their source code; the meaning is the same.
  strict: false,
  bytesMax: REPLY_BYTES_MAX,
  stringBytesMax: REPLY_BYTES_MAX,
  depthMax: REPLY_DEPTH_MAX,
  valueCountMax: REPLY_VALUES_MAX,
} as const;

/** Reads a body; what is wrong with it becomes an error of this package that says where. */
export function readBody<Reply>(body: Uint8Array, take: (root: BencodeNode) => Reply): Reply {
  try {
    return take(read(body, READING));
  } catch (error) {
    if (!BencodeError.isInstance(error)) throw error;
    throw new TrackerError('malformed-reply', `the tracker's reply cannot be read: ${error.message}${hint(body)}`, {
      offset: error.offset,
      path: error.path,
      cause: error,
    });
  }
}

/** BEP 3 and BEP 31; BEP 48 spells the key with an underscore. */
export function readFailure(root: BencodeNode): AnnounceFailure | undefined {
  const reason = root.find('failure reason') ?? root.find('failure_reason');
  if (reason === undefined) return undefined;
  return { type: 'failure', reason: readableText(reason.bytes()), ...retryIn(root) };
}

export function failureDict(reply: AnnounceFailure): Encodable {
  const dict = new Map<string, Encodable>([['failure reason', reply.reason]]);
  if (reply.retryInMinutes !== undefined) dict.set('retry in', reply.retryInMinutes);
  return dict;
}

function retryIn(root: BencodeNode): { readonly retryInMinutes?: number | 'never' } {
  const node = root.find('retry in');
  if (node === undefined) return {};
  if (node.type !== 'string') {
    const minutes = saturated(node.bigintOrNumber());
    return minutes > 0 ? { retryInMinutes: minutes } : {};
  }
  const text = readableText(node.bytes());
  if (text === 'never') return { retryInMinutes: 'never' };
  // The number is an integer by BEP 31; trackers whose every value is a string send it as one.
  return /^[1-9]\d{0,8}$/.test(text) ? { retryInMinutes: Number(text) } : {};
}

/** An integer of any size, kept within the exact numbers; absent when the key is. */
export function integerAt(root: BencodeNode, key: string): number | undefined {
  const node = root.find(key);
  return node === undefined ? undefined : saturated(node.bigintOrNumber());
}

/** A count is left out when it is negative: some trackers say "unknown" so. */
export function countAt(root: BencodeNode, key: string): number | undefined {
  const count = integerAt(root, key);
  return count === undefined || count < 0 ? undefined : count;
}

export function textAt(root: BencodeNode, key: string): string | undefined {
  const node = root.find(key);
  return node === undefined ? undefined : readableText(node.bytes());
}

function saturated(integer: number | bigint): number {
  if (typeof integer === 'number') return integer;
  return integer > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}

const LESS_THAN = 0x3c;

function hint(body: Uint8Array): string {
  if (body.length === 0) return '; the body is empty';
  return body[0] === LESS_THAN ? '; it looks like a web page' : '';
}
