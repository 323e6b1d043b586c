import type { Block } from '@unchoke/pieces';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualSwarm } from './virtual-swarm.js';

const SHAPE = { totalLength: 40 * 32_768 - 5000, pieceLength: 32_768 };
const MINUTE = 60_000;

const lieSometimes = ({ piece }: Block, bytes: Uint8Array) => (piece % 3 === 0 ? bytes.map((byte) => byte ^ 1) : bytes);

describe('a torrent', () => {
  test('is downloaded from a seed, byte for byte, and both part when both are complete', () => {
    const swarm = new VirtualSwarm(1, SHAPE);
    const seed = swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0] });
    swarm.runUntil(() => leech.isComplete && seed.pipes.size === 0, MINUTE);
    expect(Buffer.compare(leech.disk, swarm.content)).toBe(0);
    expect(leech.torrent.status.wastedBytes).toBe(0);
    expect(leech.notices.filter(({ type }) => type === 'torrent-completed')).toHaveLength(1);
    expect(leech.notices.filter(({ type }) => type === 'piece-completed')).toHaveLength(40);
  });

  test('spreads through a swarm of leeches that each hold a part', () => {
    const swarm = new VirtualSwarm(2, SHAPE);
    const parts = [0, 1, 2, 3].map((part) => Array.from({ length: 10 }, (_, index) => part * 10 + index));
    for (const [index, has] of parts.entries())
      swarm.add({ has, knows: [0, 1, 2, 3].filter((other) => other < index) });
    swarm.runUntil(() => swarm.members.every(({ isComplete }) => isComplete), 5 * MINUTE);
    for (const { disk } of swarm.members) expect(Buffer.compare(disk, swarm.content)).toBe(0);
  });

  test('survives a line that fails again and again', () => {
    const swarm = new VirtualSwarm(3, SHAPE);
    swarm.add({ has: 'everything' });
    const leech = swarm.add({ knows: [0] });
    for (const count of [5, 12, 20]) {
      swarm.runUntil(() => leech.torrent.status.haveCount >= count, 10 * MINUTE);
      swarm.cut(leech);
    }
    swarm.runUntil(() => leech.isComplete, 10 * MINUTE);
    expect(Buffer.compare(leech.disk, swarm.content)).toBe(0);
  });

  test('bans a sole liar at once, with a reason, and gets the piece elsewhere', () => {
    const swarm = new VirtualSwarm(4, SHAPE);
    const honest = swarm.add({ has: 'everything' });
    const liar = swarm.add({ has: 'everything', corrupt: (_, bytes) => bytes.map((byte) => byte ^ 1) });
    const leech = swarm.add({ knows: [0, 1] });
    swarm.runUntil(() => leech.isComplete, 5 * MINUTE);
    expect(Buffer.compare(leech.disk, swarm.content)).toBe(0);
    const banned = leech.notices.filter((notice) => notice.type === 'peer-banned');
    expect(banned.map(({ address }) => address.host)).toEqual([liar.address.host]);
    expect(banned[0]!.reason).toMatch(/false block of piece \d+/);
    expect(banned.some(({ address }) => address.host === honest.address.host)).toBe(false);
  });

  test('finds who lies in one block of many, and nobody else', () => {
    const swarm = new VirtualSwarm(5, SHAPE);
    swarm.add({ has: 'everything' });
    const liar = swarm.add({
      has: 'everything',
      corrupt: ({ piece, begin }, bytes) => (piece % 7 === 0 && begin === 0 ? bytes.map((byte) => byte ^ 1) : bytes),
    });
    const leech = swarm.add({ knows: [0, 1] });
    swarm.runUntil(() => leech.isComplete, 10 * MINUTE);
    expect(Buffer.compare(leech.disk, swarm.content)).toBe(0);
    const hosts = leech.notices.flatMap((notice) => (notice.type === 'peer-banned' ? [notice.address.host] : []));
    expect(hosts.every((host) => host === liar.address.host)).toBe(true);
  });

  test('is not held up for ever by a peer that stalls, not even over a piece that was false', () => {
    const swarm = new VirtualSwarm(9, SHAPE);
    swarm.add({ has: 'everything' });
    swarm.add({ has: 'everything', stallsAfter: 20 });
    swarm.add({ has: 'everything', corrupt: (_, bytes) => bytes.map((byte) => byte ^ 1) });
    const leech = swarm.add({ knows: [0, 1, 2] });
    swarm.runUntil(() => leech.isComplete, MINUTE);
    expect(Buffer.compare(leech.disk, swarm.content)).toBe(0);
  });

  test('asks a peer that stalled again, when nobody else has the piece', () => {
    const swarm = new VirtualSwarm(10, SHAPE);
    const only = swarm.add({ has: 'everything', stallsAfter: 20 });
    const leech = swarm.add({ knows: [0] });
    swarm.runUntil(() => leech.torrent.status.peers.some(({ isStalled }) => isStalled), MINUTE);
    expect(leech.torrent.status.why).toBe('peers were asked and send nothing');
    only.blocksLeft = Number.POSITIVE_INFINITY;
    swarm.runUntil(() => leech.isComplete, 3 * MINUTE);
    expect(Buffer.compare(leech.disk, swarm.content)).toBe(0);
  });

  test('says why it waits', () => {
    const swarm = new VirtualSwarm(6, SHAPE);
    swarm.add({ has: [0, 1, 2] });
    const leech = swarm.add({ knows: [0] });
    swarm.runUntil(() => leech.torrent.status.haveCount === 3, MINUTE);
    expect(leech.torrent.status.why).toMatch(/^pieces 3, 4, 5, 6, 7 and 32 more are held by nobody/);
    const lonely = swarm.add({});
    swarm.runUntil(() => lonely.torrent.status.state === 'downloading', MINUTE);
    expect(lonely.torrent.status.why).toBe('no peers, and no tracker to ask for them');
  });

  test('the same seed gives the same run, to the last action', () => {
    const run = (seed: number) => {
      const swarm = new VirtualSwarm(seed, SHAPE);
      swarm.add({ has: 'everything' });
      for (const knows of [[0], [0, 1], [1, 2]]) swarm.add({ knows });
      swarm.runUntil(() => swarm.members.every(({ isComplete }) => isComplete), 5 * MINUTE);
      return swarm.trace.join('\n');
    };
    expect(run(7)).toBe(run(7));
    expect(run(7)).not.toBe(run(8));
  });

  test('every honest member completes, whatever the swarm', () => {
    const members = fc.array(
      fc.record({
        kind: fc.constantFrom('honest', 'honest', 'liar', 'staller'),
        cutsMs: fc.array(fc.nat({ max: 3000 }), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(fc.nat(), members, (seed, others) => {
        const swarm = new VirtualSwarm(seed, { totalLength: 12 * 32_768 - 77, pieceLength: 32_768 });
        swarm.add({ has: 'everything' });
        for (const { kind, cutsMs } of others) {
          const everyone = swarm.members.map(({ index }) => index);
          if (kind === 'liar') swarm.add({ has: 'everything', corrupt: lieSometimes });
          else if (kind === 'staller') swarm.add({ has: 'everything', stallsAfter: 5 });
          else swarm.add({ knows: everyone });
          for (const cutMs of cutsMs) swarm.cutAfter(swarm.members.at(-1)!, cutMs);
        }
        const honest = swarm.members.filter(({ corrupt }) => corrupt === undefined);
        swarm.runUntil(() => honest.every(({ isComplete }) => isComplete), 60 * MINUTE);
        for (const { disk, notices } of honest) {
          expect(Buffer.compare(disk, swarm.content)).toBe(0);
          for (const notice of notices) {
            if (notice.type === 'peer-banned')
              expect(swarm.members.find(({ address }) => address.host === notice.address.host)?.corrupt).toBeDefined();
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
