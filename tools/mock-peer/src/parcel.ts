import type { Doing } from './behaviour.js';
import { concat, readU32, writeU32 } from './bytes.js';
import { bytesOf } from './bytes-spec.js';
import { alterMessage, inventMessage } from './invent.js';
import type { Link } from './link.js';
import { type ExtendedMessage, encodeMessage, type Message, type PieceMessage } from './message.js';

/** A message on its way out, with what rules have done to its bytes so far. */
export interface Parcel {
  readonly message: Message;
  readonly padding?: Uint8Array;
  readonly prefix?: number | { readonly add: number };
  /** How many bytes of the frame leave; negative: all but so many. */
  readonly keep?: number;
  readonly next?: 'mute' | 'end' | 'reset' | 'go-on';
  readonly delayMs?: number;
}

/** What a doing of the `send` moment makes of a parcel; undefined when it is not one of those. */
export function reshape(doing: Doing, parcel: Parcel, link: Link): readonly Parcel[] | undefined {
  const { message } = parcel;
  switch (doing.type) {
    case 'drop':
      return [];
    case 'replace': {
      const replacement = inventMessage(doing.message, { link, subject: message, round: 0 });
      return replacement === undefined ? [] : [{ ...parcel, message: replacement }];
    }
    case 'alter':
      return [{ ...parcel, message: alterMessage(message, doing.fields, link) }];
    case 'corrupt':
      return [{ ...parcel, message: corrupted(message, doing, link) }];
    case 'cut':
      return [{ ...parcel, keep: doing.keep, next: doing.next ?? 'go-on' }];
    case 'pad':
      return [{ ...parcel, padding: bytesOf(doing.bytes, link.random) }];
    case 'prefix':
      return [{ ...parcel, prefix: doing.length }];
    case 'duplicate':
      return [parcel, ...Array.from({ length: doing.times ?? 1 }, () => parcel)];
    case 'delay':
      return [{ ...parcel, delayMs: doing.ms }];
    default:
      return undefined;
  }
}

/** The bytes that leave. */
export function encodeParcel(parcel: Parcel): readonly Uint8Array[] {
  const chunks = encodeMessage(parcel.message);
  const { padding, prefix, keep } = parcel;
  if (padding === undefined && prefix === undefined && keep === undefined) return chunks;
  const frame = concat(padding === undefined ? [...chunks, new Uint8Array(0)] : [...chunks, padding]);
  if (parcel.message.type !== 'handshake') {
    const length = padding === undefined ? readU32(frame, 0) : frame.length - 4;
    writeU32(frame, 0, typeof prefix === 'object' ? length + prefix.add : (prefix ?? length));
  }
  return [keep === undefined ? frame : frame.subarray(0, keep < 0 ? Math.max(0, frame.length + keep) : keep)];
}

/** Flips the lowest bit of some bytes, in a copy: the content itself stays as it is. */
function corrupted(message: Message, doing: Doing & { readonly type: 'corrupt' }, link: Link): Message {
  if (message.type === 'piece')
    return { ...message, block: flipped(message.block, doing, link) } satisfies PieceMessage;
  if (message.type === 'extended')
    return { ...message, payload: flipped(message.payload, doing, link) } satisfies ExtendedMessage;
  if (message.type === 'bitfield') return { ...message, bits: flipped(message.bits, doing, link) };
  return message;
}

function flipped(bytes: Uint8Array, doing: Doing & { readonly type: 'corrupt' }, link: Link): Uint8Array {
  const copy = new Uint8Array(bytes);
  if (copy.length === 0) return copy;
  const { at = 'random', bytes: count = 1 } = doing;
  const start =
    at === 'first'
      ? 0
      : at === 'last'
        ? Math.max(0, copy.length - count)
        : at === 'random'
          ? link.random.below(copy.length)
          : at;
  for (let i = start; i < start + count && i < copy.length; i++) copy[i]! ^= 1;
  return copy;
}
