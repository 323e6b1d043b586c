import { BencodeError, type BencodeNode, decodePrefix, read } from '@unchoke/bencode';
import { RemoteProtocolError } from '../errors.js';
import { LIMITS } from '../limits.js';

/** Key order is relaxed: several clients write theirs unsorted, and nothing is ever hashed from these bytes. */
const OPTIONS = {
  strict: false,
  depthMax: LIMITS.payloadDepthMax,
  valueCountMax: LIMITS.payloadValueCountMax,
} as const;

/** The dictionary that is the whole payload. Throws `payload-malformed`. */
export function readDict(what: string, payload: Uint8Array): BencodeNode {
  return reading(what, () => expectDict(read(payload, OPTIONS)));
}

/** The dictionary that begins the payload, and the bytes after it. */
export function readDictPrefix(
  what: string,
  payload: Uint8Array,
): { readonly dict: BencodeNode; readonly rest: Uint8Array } {
  return reading(what, () => {
    const { length } = decodePrefix(payload, OPTIONS);
    return { dict: expectDict(read(payload.subarray(0, length), OPTIONS)), rest: payload.subarray(length) };
  });
}

/** Turns what bencode says into what a peer did wrong; the place stays in the message and the cause. */
export function reading<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!BencodeError.isInstance(error)) throw error;
    throw new RemoteProtocolError('payload-malformed', `${what}: ${error.message}`, { cause: error });
  }
}

/** One field, or `undefined` when reading it fails: BEP 10 makes all fields optional, so a bad one is as good as none. */
export function optional<T>(
  dict: BencodeNode,
  key: string,
  ignored: string[],
  parse: (node: BencodeNode) => T | undefined,
): T | undefined {
  const node = dict.find(key);
  if (node === undefined) return undefined;
  let value: T | undefined;
  try {
    value = parse(node);
  } catch (error) {
    if (!BencodeError.isInstance(error)) throw error;
  }
  if (value === undefined) ignored.push(key);
  return value;
}

function expectDict(node: BencodeNode): BencodeNode {
  if (node.type !== 'dict') throw node.error('wrong-type', 'expected a dictionary');
  return node;
}
