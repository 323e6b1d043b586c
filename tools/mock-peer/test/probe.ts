import {
  type Behaviour,
  bundledBehaviour,
  bytesContent,
  Holdings,
  MockPeerCore,
  makeTorrent,
  type PeerAction,
  type PeerEvent,
  readTorrent,
  sha1,
} from '../src/index.js';

// Everything the probe says and expects is written by hand here: five pieces of two blocks, the very last block short.
export const PIECE_LENGTH = 32_768;
export const TOTAL_LENGTH = 5 * PIECE_LENGTH - 10_000;
export const LAST_BLOCK_LENGTH = 6_384;
export const BYTES = Uint8Array.from({ length: TOTAL_LENGTH }, (_, i) => (i * 31 + (i >>> 8)) % 251);
export const TORRENT = readTorrent(
  makeTorrent({ name: 'probe', content: bytesContent(BYTES), pieceLength: PIECE_LENGTH }, sha1),
  sha1,
);

export const OUR_ID = `2d554d303030312d${'6f757273'.repeat(3)}`;
export const THEIR_ID = `2d54543030302d2d${'74686569'.repeat(3)}`;
export const INFO_HASH = hex(TORRENT.infoHash);
const NAME = `13${text('BitTorrent protocol')}`;

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function text(value: string): string {
  return Buffer.from(value, 'latin1').toString('hex');
}

export function u32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** A frame: length prefix, id, payload. */
export function frame(id: number, payload = ''): string {
  return u32(1 + payload.length / 2) + id.toString(16).padStart(2, '0') + payload;
}

export function handshake(id: string, reserved = '0000000000100004', infoHash = INFO_HASH): string {
  return NAME + reserved + infoHash + id;
}

export const KEEP_ALIVE = '00000000';
export const CHOKE = '0000000100';
export const UNCHOKE = '0000000101';
export const INTERESTED = '0000000102';
export const NOT_INTERESTED = '0000000103';
export const HAVE_ALL = '000000010e';
export const HAVE_NONE = '000000010f';
export const OUR_BITFIELD = '00000002' + '05' + 'f8';

const META = TORRENT.infoBytes.length;
export const EXTENDED_TEXT = `d1:md11:lt_donthavei3e11:ut_metadatai2e6:ut_pexi1ee13:metadata_sizei${META}e4:reqqi2000e1:v17:Unchoke mock-peere`;
export const EXTENDED = frame(20, `00${text(EXTENDED_TEXT)}`);
/** The other side's: ut_metadata is 7, ut_pex 8, lt_donthave 9. */
export const THEIR_EXTENDED = frame(20, `00${text('d1:md11:lt_donthavei9e11:ut_metadatai7e6:ut_pexi8ee1:pi6889ee')}`);

export function request(piece: number, begin: number, length = 16_384): string {
  return frame(6, u32(piece) + u32(begin) + u32(length));
}

export function cancel(piece: number, begin: number, length = 16_384): string {
  return frame(8, u32(piece) + u32(begin) + u32(length));
}

export function reject(piece: number, begin: number, length = 16_384): string {
  return frame(16, u32(piece) + u32(begin) + u32(length));
}

export function have(piece: number): string {
  return frame(4, u32(piece));
}

/** A block as the content has it. */
export function block(piece: number, begin: number, length = 16_384): string {
  const at = piece * PIECE_LENGTH + begin;
  return hex(BYTES.subarray(at, at + length));
}

export function pieceFrame(piece: number, begin: number, data = block(piece, begin)): string {
  return frame(7, u32(piece) + u32(begin) + data);
}

/** How many bits two hex strings of one length differ in. */
export function bitsApart(a: string, b: string): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    const x = Number.parseInt(a[i]!, 16) ^ Number.parseInt(b[i]!, 16);
    count += [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4][x]!;
  }
  return count;
}

/** What is kept of a flood; the rest is only counted. */
const KEPT_BYTES_MAX = 8 * 1024 * 1024;

/** The other side of a core, with virtual time. Sockets take everything at once, unless `isClogged`. */
export class Probe {
  readonly core: MockPeerCore;
  nowMs = 0;
  isClogged = false;
  /** Bytes ever sent. */
  sentLength = 0;
  /** Actions besides sending. */
  readonly others: PeerAction[] = [];
  #writes: Uint8Array[] = [];
  #kept = 0;

  constructor(
    behaviour: string | Behaviour,
    options: { role?: 'seed' | 'leech'; origin?: 'dialled' | 'accepted'; connection?: number; have?: number[] } = {},
  ) {
    const rules = typeof behaviour === 'string' ? bundledBehaviour(behaviour) : behaviour;
    const role = options.role ?? rules.role ?? 'seed';
    this.core = new MockPeerCore({
      torrent: TORRENT,
      role,
      content: bytesContent(BYTES),
      holdings: Holdings.of(TORRENT, options.have ?? (role === 'seed' ? 'all' : [])),
      behaviour: rules,
      peerId: Buffer.from(OUR_ID, 'hex'),
      origin: options.origin ?? 'accepted',
      connection: options.connection ?? 0,
      sha1,
    });
  }

  feed(event: PeerEvent): void {
    let actions = this.core.handle(event, this.nowMs);
    for (;;) {
      const sent = this.#take(actions);
      if (sent === 0 || this.isClogged) return;
      actions = this.core.handle({ type: 'bytes-drained' }, this.nowMs);
    }
  }

  open(): this {
    this.feed({ type: 'connection-opened' });
    return this;
  }

  hear(...frames: readonly string[]): this {
    this.feed({ type: 'bytes-received', bytes: new Uint8Array(Buffer.from(frames.join(''), 'hex')) });
    return this;
  }

  /** Opened, greeted, extensions told; what was said so far is dropped. */
  ready(reserved = '0000000000100004'): this {
    this.open().hear(handshake(THEIR_ID, reserved));
    if (reserved.slice(10, 12) === '10') this.hear(THEIR_EXTENDED);
    this.taken();
    return this;
  }

  /** The same, and unchoked. */
  unchoked(): this {
    this.ready().hear(INTERESTED);
    this.taken();
    return this;
  }

  /** Lets time pass, waking the core whenever it wants. */
  wait(ms: number): this {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const { deadlineMs } = this.core;
      if (deadlineMs === undefined || deadlineMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, deadlineMs);
      this.feed({ type: 'time-passed' });
    }
    this.nowMs = untilMs;
    return this;
  }

  /** Hex of what was sent since the last time. */
  taken(): string {
    return this.writes().join('');
  }

  /** The same, one string per write. */
  writes(): readonly string[] {
    const writes = this.#writes.map(hex);
    this.#writes = [];
    this.#kept = 0;
    return writes;
  }

  /** The same, cut into frames by their length prefixes. */
  frames(): readonly string[] {
    const all = this.taken();
    const frames: string[] = [];
    for (let at = 0; at < all.length; ) {
      const end = at + 8 + 2 * Number.parseInt(all.slice(at, at + 8), 16);
      frames.push(all.slice(at, end));
      at = end;
    }
    return frames;
  }

  /** How it closed, if it did. */
  get closed(): string | undefined {
    const found = this.others.find((action) => action.type === 'close-connection');
    return found?.type === 'close-connection' ? found.how : undefined;
  }

  /** Everything it noticed about the other side. */
  get oddities(): readonly string[] {
    return this.others.flatMap((action) =>
      action.type === 'notify' && action.notice.type === 'oddity-seen' ? [action.notice.oddity] : [],
    );
  }

  #take(actions: readonly PeerAction[]): number {
    let sent = 0;
    for (const action of actions) {
      if (action.type !== 'send-bytes') this.others.push(action);
      else {
        sent += action.bytes.length;
        this.#kept += action.bytes.length;
        if (this.#kept <= KEPT_BYTES_MAX) this.#writes.push(action.bytes);
      }
    }
    this.sentLength += sent;
    return sent;
  }
}

export type Expectation = () => void;
