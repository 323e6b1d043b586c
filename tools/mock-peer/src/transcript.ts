import { toHex } from './bytes.js';
import { FrameReader } from './frames.js';
import { decodeHandshake, decodeMessage, describeMessage, type Message, OUR_EXTENSIONS } from './message.js';

/**
 * One line of a transcript: who said what, when. `hex` is there when the bytes are not what their message should be.
 *
 * @example
 * const records = new Transcript(0).tap('received', new Uint8Array([0x12, 0x34]), 0);
 * console.log(records.length); // 0: no message is complete yet
 */
export interface TranscriptRecord {
  /** Milliseconds since the peer was started. */
  readonly timeMs: number;
  readonly connection: number;
  /** `event`: the connection itself. */
  readonly direction: 'sent' | 'received' | 'event';
  readonly message: string;
  /** The first bytes, at most 1024 of them, in hex. */
  readonly hex?: string;
  readonly [field: string]: unknown;
}

/**
 * Reads along on both directions of one connection, independently of what the peer itself makes of it.
 *
 * @example
 * const transcript = new Transcript(0);
 * for (const record of transcript.tap('sent', new Uint8Array(68), 12.5)) console.log(JSON.stringify(record));
 */
export class Transcript {
  readonly #connection: number;
  readonly #readers = { sent: new FrameReader(), received: new FrameReader() };
  /** Ids under which each side wants to be addressed: ours are known, theirs are learned. */
  readonly #extensions = { sent: new Map<number, string>(), received: new Map(OUR_EXTENSIONS) };
  readonly #broken = { sent: false, received: false };

  constructor(connection: number) {
    this.#connection = connection;
  }

  /** Bytes that were sent or received. */
  tap(direction: 'sent' | 'received', bytes: Uint8Array, timeMs: number): readonly TranscriptRecord[] {
    const base = { timeMs, connection: this.#connection, direction };
    if (this.#broken[direction]) return [{ ...base, message: 'raw', length: bytes.length, hex: shownHex(bytes) }];
    return this.#readers[direction].push(bytes).map((frame) => {
      if (frame.type === 'broken' || frame.type === 'stranger') {
        this.#broken[direction] = true;
        const problem = frame.type === 'broken' ? frame.problem : 'no BitTorrent handshake';
        return { ...base, message: 'broken', problem, hex: shownHex(frame.bytes) };
      }
      const isHandshake = frame.type === 'handshake';
      const message = isHandshake
        ? decodeHandshake(frame.bytes)
        : decodeMessage(frame.bytes, this.#extensions[direction]);
      this.#learn(direction, message);
      const hex = isOdd(message) ? { hex: shownHex(frame.bytes) } : {};
      return { ...base, ...describeMessage(message), ...hex };
    });
  }

  /** The connection is over: what was left in the middle of a frame. */
  end(timeMs: number): readonly TranscriptRecord[] {
    const records: TranscriptRecord[] = [];
    for (const direction of ['sent', 'received'] as const) {
      const rest = this.#readers[direction].buffered;
      if (rest.length === 0 || this.#broken[direction]) continue;
      const base = { timeMs, connection: this.#connection, direction };
      records.push({ ...base, message: 'partial', length: rest.length, hex: shownHex(rest) });
    }
    return records;
  }

  /** What `received` says about ids holds for what is sent, and the other way round. */
  #learn(direction: 'sent' | 'received', message: Message): void {
    if (message.type !== 'extended' || message.kind !== 'extended-handshake') return;
    const ids = message.header?.get('m');
    if (!(ids instanceof Map)) return;
    const addressed = this.#extensions[direction === 'sent' ? 'received' : 'sent'];
    for (const [name, id] of ids) if (typeof id === 'number' && addressed.size < NAMES_KEPT) addressed.set(id, name);
  }
}

/** Extension names remembered per side. */
const NAMES_KEPT = 64;

const SHOWN_BYTES_MAX = 1024;

function isOdd(message: Message): boolean {
  return (
    message.type === 'malformed' ||
    message.type === 'unknown' ||
    (message.type === 'extended' && message.kind === 'extended')
  );
}

function shownHex(bytes: Uint8Array): string {
  return toHex(bytes.subarray(0, SHOWN_BYTES_MAX));
}
