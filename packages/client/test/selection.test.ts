import { Bitfield, type PieceIndex } from '@unchoke/pieces';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Member, VirtualSwarm } from './virtual-swarm.js';

const PIECES = 20;
const SHAPE = { totalLength: PIECES * 32_768 - 5000, pieceLength: 32_768 };
const MINUTE = 60_000;

function wanting(...pieces: readonly number[]): number[] {
  return Array.from({ length: PIECES }, (_, piece) => (pieces.includes(piece) ? 4 : 0));
}

function held(member: Member): number[] {
  const bits = member.torrent.status.have;
  return [...Bitfield.fromWire(bits, PIECES)!];
}

function completions({ notices }: Member): number {
  return notices.filter(({ type }) => type === 'torrent-completed').length;
}

describe('selecting', () => {
  test('only what is wanted is fetched, and that is complete', () => {
    const swarm = new VirtualSwarm(1, SHAPE);
    const seed = swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0], priorities: wanting(3, 4, 19) });
    swarm.runUntil(() => completions(leech) === 1 && seed.pipes.size === 0, MINUTE);
    expect(held(leech)).toEqual([3, 4, 19]);
    expect(leech.torrent.status).toMatchObject({ state: 'seeding', receivedBytes: 3 * 32_768 - 5000, wastedBytes: 0 });
    expect(leech.torrent.totals.left).toBe((PIECES - 3) * 32_768);
  });

  test('wanting more goes on, wanting less can complete', () => {
    const swarm = new VirtualSwarm(2, SHAPE);
    swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0], priorities: wanting(1) });
    swarm.runUntil(() => completions(leech) === 1, MINUTE);
    swarm.deliver(leech, { type: 'pieces-prioritized', priorities: wanting(1, 2, 3) });
    expect(leech.torrent.status.state).toBe('downloading');
    swarm.runUntil(() => completions(leech) === 2, MINUTE);
    expect(held(leech)).toEqual([1, 2, 3]);
    swarm.deliver(leech, { type: 'pieces-prioritized', priorities: wanting(1, 2, 3, 4, 5) });
    swarm.deliver(leech, { type: 'pieces-prioritized', priorities: wanting(1) });
    expect(completions(leech)).toBe(3);
  });

  test('a leech that wants nothing of another is not interested, whatever is selected when', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.uniqueArray(fc.nat(PIECES - 1)), { maxLength: 6 }), (seed, choices) => {
        const swarm = new VirtualSwarm(seed, SHAPE);
        swarm.add({ has: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
        swarm.add({ has: [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19] });
        const leech = swarm.add({ knows: [0, 1] });
        let wanted = new Set(Array.from({ length: PIECES }, (_, piece) => piece));
        for (const choice of choices) {
          const goal = leech.torrent.status.haveCount + 2;
          swarm.runUntil(() => isDone(leech, wanted) || leech.torrent.status.haveCount >= goal, 5 * MINUTE);
          wanted = new Set(choice);
          swarm.deliver(leech, { type: 'pieces-prioritized', priorities: wanting(...choice) });
          // What is being verified is wanted until that is known.
          const verifiedMs = swarm.nowMs + 2;
          swarm.runUntil(() => swarm.nowMs >= verifiedMs, MINUTE);
          for (const { key, weWant, isConnected } of leech.torrent.status.peers) {
            const pipe = leech.pipes.get(key);
            if (!isConnected || pipe === undefined) continue;
            const theirs = new Set(held(pipe.to));
            const mine = new Set(held(leech));
            if (weWant) expect([...wanted].some((piece) => theirs.has(piece) && !mine.has(piece))).toBe(true);
          }
        }
        swarm.runUntil(() => isDone(leech, wanted), 5 * MINUTE);
        for (const piece of held(leech)) {
          const at = piece * SHAPE.pieceLength;
          const bytes = (of: Uint8Array) => Buffer.from(of.subarray(at, at + SHAPE.pieceLength));
          expect(bytes(leech.disk).equals(bytes(swarm.content))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('an upload-only peer and one that wants no more part; one that wants more again is met again', () => {
    const swarm = new VirtualSwarm(4, SHAPE);
    const one = swarm.add({ has: [1, 2, 3], priorities: wanting(1, 2, 3) });
    const other = swarm.add({ knows: [0], has: [1, 2], priorities: wanting(1, 2, 3) });
    swarm.runUntil(() => completions(other) === 1 && one.pipes.size === 0, MINUTE);
    expect(one.notices.some((notice) => notice.type === 'peer-closed')).toBe(true);
  });
});

describe('deadlines', () => {
  test('what is needed comes first', () => {
    const swarm = new VirtualSwarm(5, SHAPE);
    swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0] });
    swarm.deliver(leech, { type: 'piece-needed', piece: 13 as PieceIndex, withinMs: 1000 });
    swarm.deliver(leech, { type: 'piece-needed', piece: 7 as PieceIndex, withinMs: 500 });
    swarm.deliver(leech, { type: 'piece-needed', piece: 9999 as PieceIndex, withinMs: 500 });
    swarm.runUntil(() => leech.torrent.status.haveCount >= 4, MINUTE);
    // 2 and 5 are those that it gets before it is unchoked (BEP 6, Allowed Fast).
    expect(held(leech)).toEqual([2, 5, 7, 13]);
  });

  test('what nobody selected is fetched when somebody waits for it', () => {
    const swarm = new VirtualSwarm(6, SHAPE);
    swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0], priorities: wanting(3) });
    swarm.runUntil(() => completions(leech) === 1, MINUTE);
    swarm.deliver(leech, { type: 'piece-needed', piece: 8 as PieceIndex, withinMs: 1000 });
    swarm.runUntil(() => completions(leech) === 2, MINUTE);
    expect(held(leech)).toEqual([3, 8]);
  });

  test('what is late is asked for from another peer, long before a request times out', () => {
    const swarm = new VirtualSwarm(7, SHAPE);
    swarm.add({ has: 'everything', stallsAfter: 0 });
    const leech = swarm.add({ knows: [0] });
    swarm.runUntil(() => leech.torrent.status.peers.some(({ theyChoke }) => !theyChoke), MINUTE);
    swarm.deliver(leech, { type: 'piece-needed', piece: 0 as PieceIndex, withinMs: 2000 });
    const good = swarm.add({ has: 'everything' });
    swarm.deliver(leech, { type: 'peers-found', addresses: [good.address] });
    const startMs = swarm.nowMs;
    swarm.runUntil(() => held(leech).includes(0), MINUTE);
    expect(swarm.nowMs - startMs).toBeLessThan(4000);
  });
});

describe('pieces that are lost', () => {
  test('are fetched again, and who was told that we have them is told that we do not', () => {
    const swarm = new VirtualSwarm(8, SHAPE);
    swarm.add({ has: 'everything' });
    const middle = swarm.add({ knows: [0] });
    const watcher = swarm.add({ knows: [1], has: [5], priorities: wanting(0) });
    swarm.runUntil(() => completions(middle) === 1 && watcher.torrent.status.haveCount === 2, MINUTE);
    swarm.deliver(watcher, { type: 'pieces-prioritized', priorities: wanting(0, 1, 2, 3, 4, 5, 6) });
    swarm.deliver(middle, { type: 'pieces-lost', pieces: [2, 3] as PieceIndex[] });
    expect(middle.torrent.status.state).toBe('downloading');
    swarm.runUntil(() => completions(middle) === 2 && held(watcher).length === 7, 10 * MINUTE);
    expect(held(middle)).toHaveLength(PIECES);
    expect(Buffer.compare(middle.disk, swarm.content)).toBe(0);
  });
});

describe('stopping and looking again', () => {
  test('a stopped torrent takes no peer, and goes on from what is found on disk', () => {
    const swarm = new VirtualSwarm(9, SHAPE);
    swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0] });
    swarm.runUntil(() => leech.torrent.status.haveCount >= 8, MINUTE);
    swarm.deliver(leech, { type: 'torrent-stopped' });
    expect(leech.torrent.status).toMatchObject({ state: 'stopped', peers: [] });
    const found = Bitfield.of(PIECES, [0, 1] as PieceIndex[]);
    for (const piece of found) {
      const at = piece * SHAPE.pieceLength;
      leech.disk.set(swarm.content.subarray(at, at + SHAPE.pieceLength), at);
    }
    swarm.deliver(leech, { type: 'pieces-rechecked', have: found, partials: [] });
    expect(held(leech)).toEqual([0, 1]);
    swarm.deliver(leech, { type: 'torrent-started' });
    swarm.runUntil(() => completions(leech) === 1, 5 * MINUTE);
    expect(Buffer.compare(leech.disk, swarm.content)).toBe(0);
  });

  test('stopping twice is told twice', () => {
    const swarm = new VirtualSwarm(10, SHAPE);
    const only = swarm.add({});
    swarm.runUntil(() => only.torrent.status.state === 'downloading', MINUTE);
    for (const count of [1, 2]) {
      swarm.deliver(only, { type: 'torrent-stopped' });
      expect(only.notices.filter(({ type }) => type === 'torrent-stopped')).toHaveLength(count);
    }
  });
});

function isDone(leech: Member, wanted: ReadonlySet<number>): boolean {
  const mine = new Set(held(leech));
  return [...wanted].every((piece) => mine.has(piece));
}
