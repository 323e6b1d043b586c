import { describe, expect, test } from 'vitest';
import { Fifo } from '../src/fifo.js';
import {
  type Behaviour,
  bundledBehaviour,
  bundledBehaviourNames,
  bytesContent,
  Holdings,
  MockPeerCore,
  type PeerAction,
  SeededRandom,
  sha1,
} from '../src/index.js';
import { BYTES, hex, PIECE_LENGTH, TORRENT } from './probe.js';

/** Bytes and events that one link carries at most: floods are cut off, time goes on five virtual minutes at most. */
const LINK_BYTES_MAX = 512 * 1024;
const END_MS = 300_000;

interface Side {
  readonly core: MockPeerCore;
  readonly inbox: Fifo<Uint8Array>;
  sentLength: number;
  hasUnsent: boolean;
  isOver: boolean;
}

/** Seed and leech on a link in virtual time that cuts what it carries at random. */
class Joined {
  readonly have: Holdings;
  readonly stored = new Map<number, string>();
  nowMs = 0;
  readonly #random: SeededRandom;
  readonly #sides: readonly [Side, Side];

  constructor(seeding: Behaviour, leeching: Behaviour, seed: number) {
    this.#random = new SeededRandom(seed);
    this.have = Holdings.of(TORRENT, []);
    const common = { torrent: TORRENT, content: bytesContent(BYTES), sha1, connection: 0 };
    const side = (options: {
      role: 'seed' | 'leech';
      origin: 'dialled' | 'accepted';
      behaviour: Behaviour;
      holdings: Holdings;
    }): Side => {
      const core = new MockPeerCore({ ...common, ...options, peerId: new Uint8Array(20).fill(options.role.length) });
      return { core, inbox: new Fifo(), sentLength: 0, hasUnsent: false, isOver: false };
    };
    this.#sides = [
      side({ role: 'seed', origin: 'accepted', behaviour: seeding, holdings: Holdings.of(TORRENT, 'all') }),
      side({ role: 'leech', origin: 'dialled', behaviour: leeching, holdings: this.have }),
    ];
  }

  run(): void {
    for (const side of this.#sides) this.#feed(side, { type: 'connection-opened' });
    while (this.#sides.every((side) => !side.isOver) && this.nowMs < END_MS && !this.have.isComplete) {
      if (!this.#sides.map((side) => this.#carry(side)).includes(true) && !this.#sleep()) break;
    }
    for (const side of this.#sides) this.#feed(side, { type: 'connection-closed', reason: 'over' });
  }

  /** Moves some of what waits; false when nothing does. */
  #carry(side: Side): boolean {
    const bytes = side.inbox.shift();
    if (bytes !== undefined) {
      const cut = this.#random.chance(0.3) ? 1 + this.#random.below(bytes.length) : bytes.length;
      if (cut < bytes.length) side.inbox.unshift(bytes.subarray(cut));
      this.#feed(side, { type: 'bytes-received', bytes: bytes.slice(0, cut) });
    }
    const { hasUnsent } = side;
    side.hasUnsent = false;
    if (hasUnsent && side.sentLength < LINK_BYTES_MAX) this.#feed(side, { type: 'bytes-drained' });
    return bytes !== undefined;
  }

  /** Goes on to when one of them wants to be woken. */
  #sleep(): boolean {
    const wakeMs = Math.min(...this.#sides.map(({ core }) => core.deadlineMs ?? Infinity));
    if (wakeMs === Infinity) return false;
    this.nowMs = Math.max(this.nowMs, wakeMs);
    for (const side of this.#sides) this.#feed(side, { type: 'time-passed' });
    return true;
  }

  #feed(side: Side, event: Parameters<MockPeerCore['handle']>[0]): void {
    for (const action of side.core.handle(event, this.nowMs)) this.#perform(side, action);
  }

  #perform(side: Side, action: PeerAction): void {
    if (action.type === 'close-connection') side.isOver = true;
    if (action.type === 'store-piece') this.stored.set(action.piece, hex(action.bytes));
    if (action.type !== 'send-bytes') return;
    side.hasUnsent = true;
    side.sentLength += action.bytes.length;
    const other = this.#sides[side === this.#sides[0] ? 1 : 0];
    if (side.sentLength < LINK_BYTES_MAX) other!.inbox.push(action.bytes);
  }
}

const SEED = Number(process.env['UNCHOKE_SEED'] ?? 1);

function play(seeding: Behaviour, leeching: Behaviour, seed = SEED): Joined {
  const joined = new Joined(seeding, leeching, seed);
  joined.run();
  for (const [piece, bytes] of joined.stored) {
    expect(bytes).toBe(hex(BYTES.subarray(piece * PIECE_LENGTH, (piece + 1) * PIECE_LENGTH)));
  }
  expect(joined.stored.size).toBe(joined.have.count);
  return joined;
}

const HONEST: Behaviour = { rules: [] };

test('two honest peers finish on any cuts, without waiting for time', () => {
  const joined = play(HONEST, HONEST);
  expect(joined.have.isComplete).toBe(true);
  expect(joined.nowMs).toBe(0);
});

describe('an honest peer stands every behaviour: no exception, no wrong piece', () => {
  test.each(bundledBehaviourNames())('%s', (name) => {
    const behaviour = bundledBehaviour(name);
    if (behaviour.role === 'leech') play(HONEST, behaviour);
    else play(behaviour, HONEST);
  });

  test.each([
    'split-every-byte',
    'merge-frames',
    'duplicate-piece',
    'choke-after-every-block',
    'late-blocks',
    'choke-flap-slow',
  ])('and completes in spite of %s', (name) => {
    for (let i = 0; i < 5; i++) expect(play(bundledBehaviour(name), HONEST, SEED + i).have.isComplete).toBe(true);
  });
});
