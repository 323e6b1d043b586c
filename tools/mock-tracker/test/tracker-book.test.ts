import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnnounceRequest, type BookAnswer, MockTrackerError, seededRandom, TrackerBook } from '../src/index.js';

const HASH = 'h'.repeat(20);

function peerIdOf(number: number): string {
  return `-TS0001-${number.toString().padStart(12, '0')}`;
}

function endpointOf(number: number): Uint8Array {
  return Uint8Array.of(10, 0, number >> 8, number & 255, 0x1a, 0xe1);
}

function announce(number: number, more: Partial<AnnounceRequest> = {}): AnnounceRequest {
  const base = {
    type: 'announce',
    infoHash: HASH,
    peerId: peerIdOf(number),
    ipv4: endpointOf(number),
    isSeed: false,
  } as const;
  return { ...base, ...more };
}

/** The numbers of the peers in an answer. */
function numbersIn(answer: BookAnswer): readonly number[] {
  if (answer.type !== 'announce') throw new Error(`expected peers, got ${JSON.stringify(answer)}`);
  return answer.ipv4.map(({ endpoint }) => endpoint[2]! * 256 + endpoint[3]!);
}

function failureIn(answer: BookAnswer): string {
  return answer.type === 'failure' ? answer.reason : `no failure but ${answer.type}`;
}

describe('who is handed out', () => {
  test('everybody but the asker, while they fit', () => {
    const book = new TrackerBook(seededRandom(1));
    for (let number = 0; number < 5; number++) book.handle(announce(number), 0);
    expect([...numbersIn(book.handle(announce(2), 0))].sort()).toEqual([0, 1, 3, 4]);
  });

  test('a seed gets no seeds, a leech gets both', () => {
    const book = new TrackerBook(seededRandom(1));
    for (let number = 0; number < 6; number++) book.handle(announce(number, { isSeed: number < 4 }), 0);
    expect([...numbersIn(book.handle(announce(0, { isSeed: true }), 0))].sort()).toEqual([4, 5]);
    expect([...numbersIn(book.handle(announce(4), 0))].sort()).toEqual([0, 1, 2, 3, 5]);
  });

  test('no more than wanted, never more than the limit, and the default below zero or without a word', () => {
    const book = new TrackerBook(seededRandom(1), { numWantDefault: 7, numWantMax: 9 });
    for (let number = 0; number < 20; number++) book.handle(announce(number), 0);
    const given = (numWant: number | undefined): number => numbersIn(book.handle(announce(0, { numWant }), 0)).length;
    expect([given(3), given(0), given(1_000), given(-1), given(undefined)]).toEqual([3, 0, 9, 7, 7]);
  });

  test('a sample is fair: every other peer is drawn about as often', () => {
    const book = new TrackerBook(seededRandom(20_261_121));
    for (let number = 0; number < 100; number++) book.handle(announce(number, { isSeed: number % 3 === 0 }), 0);
    const drawn = new Array<number>(100).fill(0);
    for (let round = 0; round < 10_000; round++) {
      for (const number of numbersIn(book.handle(announce(1, { numWant: 10 }), 0))) drawn[number]! += 1;
    }
    expect(drawn[1]).toBe(0);
    // 10,000 draws of 10 out of 99: 1,010 each, with a standard deviation of 30. The seed is fixed, so this cannot flicker.
    const others = drawn.filter((_, number) => number !== 1);
    expect(Math.min(...others)).toBeGreaterThan(1_010 - 120);
    expect(Math.max(...others)).toBeLessThan(1_010 + 120);
  });

  test('a sample costs as many draws as it has peers, whatever the size of the swarm', () => {
    for (const population of [100, 10_000]) {
      let draws = 0;
      const random = seededRandom(1);
      const book = new TrackerBook((bound) => {
        draws += 1;
        return random(bound);
      });
      for (let number = 0; number < population; number++) book.handle(announce(number, { numWant: 0 }), 0);
      draws = 0;
      expect(new Set(numbersIn(book.handle(announce(0, { numWant: 50 }), 0))).size).toBe(50);
      expect(draws).toBe(50);
    }
  });

  test('peers of both families are one peer, and each family is asked for', () => {
    const book = new TrackerBook(seededRandom(1));
    const ipv6 = new Uint8Array(18).fill(6);
    book.handle(announce(1, { ipv6 }), 0);
    const answer = book.handle(announce(2), 0);
    expect(answer).toMatchObject({ incomplete: 2, ipv6: [] });
    expect(book.handle(announce(3, { ipv6 }), 0)).toMatchObject({ incomplete: 3, ipv6: [{ endpoint: ipv6 }] });
  });

  test('a seat that only one family still speaks of is given up after one life', () => {
    const book = new TrackerBook(seededRandom(1), { peerLifeMs: 1_000 });
    const ipv6 = new Uint8Array(18).fill(6);
    book.handle(announce(1, { ipv6 }), 0);
    book.handle(announce(1), 600);
    book.handle(announce(1), 1_200);
    expect(book.handle(announce(2, { ipv6 }), 1_200)).toMatchObject({ incomplete: 2, ipv6: [] });
  });
});

describe('how long they are remembered', () => {
  test('a silent peer is forgotten after its life, a talking one is not', () => {
    const book = new TrackerBook(seededRandom(1), { peerLifeMs: 1_000 });
    book.handle(announce(1, { isSeed: true }), 0);
    book.handle(announce(2), 0);
    book.handle(announce(2), 999);
    expect(book.handle({ type: 'scrape', infoHashes: [HASH] }, 999)).toMatchObject({ files: [{ complete: 1 }] });
    expect(book.handle({ type: 'scrape', infoHashes: [HASH] }, 1_000)).toMatchObject({
      files: [{ complete: 0, incomplete: 1 }],
    });
  });

  test('a clock that jumps back makes nobody older or younger', () => {
    const book = new TrackerBook(seededRandom(1), { peerLifeMs: 1_000 });
    book.handle(announce(1), 5_000);
    book.handle(announce(2), 0);
    expect(numbersIn(book.handle(announce(3), 5_999))).toHaveLength(2);
    expect(numbersIn(book.handle(announce(3), 6_000))).toHaveLength(0);
  });

  test('stopped removes at once, and hands out nobody; a stranger that stops leaves nothing behind', () => {
    const book = new TrackerBook(seededRandom(1));
    book.handle(announce(1), 0);
    book.handle(announce(2), 0);
    expect(book.handle(announce(1, { event: 'stopped' }), 0)).toMatchObject({ incomplete: 1, ipv4: [] });
    book.handle(announce(9, { event: 'stopped', infoHash: 'x'.repeat(20) }), 0);
    expect([...book.swarms()]).toHaveLength(1);
    expect(book.peerCount).toBe(1);
  });

  test('completed counts once per peer', () => {
    const book = new TrackerBook(seededRandom(1));
    for (const number of [1, 1, 2]) book.handle(announce(number, { isSeed: true, event: 'completed' }), 0);
    expect(book.swarm(HASH)).toMatchObject({ complete: 2, incomplete: 0, downloaded: 2 });
  });

  test('the bytes of a request may be overwritten after it was handled', () => {
    const book = new TrackerBook(seededRandom(1));
    const ipv4 = endpointOf(7);
    book.handle(announce(7, { ipv4 }), 0);
    ipv4.fill(0);
    expect(numbersIn(book.handle(announce(1), 0))).toEqual([7]);
  });
});

describe('what it refuses', () => {
  const limits = { swarmsMax: 2, swarmPeersMax: 2, peersMax: 3 };
  const other = (name: string): { infoHash: string } => ({ infoHash: name.repeat(20) });

  test('hashes and ids of another length', () => {
    const book = new TrackerBook(seededRandom(1));
    expect(failureIn(book.handle(announce(1, { infoHash: 'short' }), 0))).toBe('info_hash has 5 bytes, expected 20');
    expect(failureIn(book.handle(announce(1, { peerId: '' }), 0))).toBe('peer_id has 0 bytes, expected 20');
    expect(failureIn(book.handle(announce(1, { ipv4: undefined }), 0))).toBe('no address to reach this peer');
    expect(failureIn(book.handle({ type: 'scrape', infoHashes: ['?'] }, 0))).toBe('info_hash has 1 bytes, expected 20');
    expect(failureIn(book.handle({ type: 'scrape', infoHashes: [] }, 0))).toContain('at least one info_hash');
    const many = new Array<string>(101).fill(HASH);
    expect(failureIn(book.handle({ type: 'scrape', infoHashes: many }, 0))).toContain('at most 100');
  });

  test('a peer too many in one swarm, or in all; who is in may go on announcing', () => {
    const book = new TrackerBook(seededRandom(1), limits);
    for (const number of [1, 2]) book.handle(announce(number), 0);
    expect(failureIn(book.handle(announce(3), 0))).toBe('this swarm is full: it keeps 2 peers');
    book.handle(announce(3, other('b')), 0);
    expect(failureIn(book.handle(announce(4, other('b')), 0))).toBe('this tracker is full: it keeps 3 peers');
    expect(numbersIn(book.handle(announce(1), 0))).toEqual([2]);
  });

  test('a torrent too many, unless one has become empty; the longest empty one goes first', () => {
    const book = new TrackerBook(seededRandom(1), limits);
    book.handle(announce(1, other('a')), 0);
    book.handle(announce(2, other('b')), 0);
    expect(failureIn(book.handle(announce(3, other('c')), 0))).toBe('this tracker is full: it keeps 2 torrents');
    book.handle(announce(2, { ...other('b'), event: 'stopped' }), 0);
    book.handle(announce(1, { ...other('a'), event: 'stopped' }), 0);
    book.handle(announce(3, other('c')), 0);
    expect([...book.swarms()].map(({ infoHash }) => infoHash[0])).toEqual(['a', 'c']);
    book.handle(announce(1, other('a')), 0);
    expect(failureIn(book.handle(announce(2, other('b')), 0))).toBe('this tracker is full: it keeps 2 torrents');
  });

  test('scraping strangers keeps nothing', () => {
    const book = new TrackerBook(seededRandom(1));
    const answer = book.handle({ type: 'scrape', infoHashes: [HASH] }, 0);
    expect(answer).toEqual({
      type: 'scrape',
      files: [{ infoHash: HASH, complete: 0, incomplete: 0, downloaded: 0 }],
    });
    expect([...book.swarms()]).toHaveLength(0);
  });

  test('options out of range', () => {
    expect(() => new TrackerBook(seededRandom(1), { intervalS: 0 })).toThrow(
      'intervalS: expected a whole number from 1 to 86400, found 0',
    );
    try {
      new TrackerBook(seededRandom(1), { numWantMax: Number.NaN });
    } catch (error) {
      expect(MockTrackerError.isInstance(error) && error.code).toBe('bad-option');
    }
  });
});

test('a book behaves like a list of who said what when', () => {
  const LIFE_MS = 100;
  const step = fc.record({
    number: fc.nat(12),
    hash: fc.constantFrom('a', 'b'),
    isSeed: fc.boolean(),
    event: fc.constantFrom(undefined, 'started', 'completed', 'stopped') as fc.Arbitrary<AnnounceRequest['event']>,
    numWant: fc.nat(15),
    laterMs: fc.nat(60),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.nat(), (steps, seed) => {
      const book = new TrackerBook(seededRandom(seed), { peerLifeMs: LIFE_MS });
      // The simpler model: a list per torrent, looked through from end to end.
      let known: { hash: string; number: number; isSeed: boolean; seenMs: number }[] = [];
      let nowMs = 0;
      for (const { number, hash, isSeed, event, numWant, laterMs } of steps) {
        nowMs += laterMs;
        known = known.filter(({ seenMs }) => nowMs - seenMs < LIFE_MS);
        known = known.filter((peer) => peer.hash !== hash || peer.number !== number);
        const others = known.filter((peer) => peer.hash === hash && !(isSeed && peer.isSeed));
        if (event !== 'stopped') known.push({ hash, number, isSeed, seenMs: nowMs });
        const request = announce(number, { infoHash: hash.repeat(20), isSeed, event, numWant });
        const answer = book.handle(request, nowMs);
        const given = numbersIn(answer);
        const seeds = known.filter((peer) => peer.hash === hash && peer.isSeed).length;
        const all = known.filter((peer) => peer.hash === hash).length;
        expect(answer).toMatchObject({ complete: seeds, incomplete: all - seeds });
        expect(new Set(given).size).toBe(given.length);
        expect(given.length).toBe(event === 'stopped' ? 0 : Math.min(numWant, others.length));
        expect(given.every((one) => others.some((peer) => peer.number === one))).toBe(true);
        expect(book.peerCount).toBe(known.length);
      }
    }),
  );
});
