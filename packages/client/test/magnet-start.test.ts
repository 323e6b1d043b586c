import { type MagnetAction, MagnetStart, type PeerKey, type Seat, Session, type TorrentNotice } from '@unchoke/client';
import { EXTENSIONS, type LinkEvent, METADATA_PART_LENGTH, PeerLink } from '@unchoke/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const INFO_HASH = new Uint8Array(20).fill(0xab);
const METADATA = Uint8Array.from({ length: 3 * METADATA_PART_LENGTH - 500 }, (_, index) => (index * 7) % 253);
const MINUTE = 60_000;

/** How a peer deals with metadata. */
interface Conduct {
  readonly size?: number;
  readonly part?: (part: number) => Uint8Array | 'reject' | 'silence';
  /** Does not even answer the dial. */
  readonly isAway?: boolean;
}

const honestPart = (part: number) => METADATA.subarray(part * METADATA_PART_LENGTH, (part + 1) * METADATA_PART_LENGTH);
const CONDUCTS: Readonly<Record<string, Conduct>> = {
  honest: {},
  liar: { part: (part) => honestPart(part).map((byte) => byte ^ 1) },
  'liar in one part': { part: (part) => (part === 1 ? honestPart(part).map((byte) => byte ^ 1) : honestPart(part)) },
  'short parts': { part: (part) => honestPart(part).subarray(1) },
  'wrong size': { size: METADATA.length + 20_000, part: () => new Uint8Array(METADATA_PART_LENGTH) },
  'eight gigabytes': { size: 8 * 2 ** 30 },
  rejecter: { part: () => 'reject' },
  'part missing': { part: (part) => (part === 0 ? 'silence' : honestPart(part)) },
  silent: { part: () => 'silence' },
  'without metadata': { size: 0 },
  away: { isAway: true },
};

/** A magnet start, the peers it dials, and time that jumps to wherever something happens. */
class World {
  readonly conducts: readonly Conduct[];
  readonly magnet: MagnetStart;
  readonly notices: TorrentNotice[] = [];
  readonly links = new Map<PeerKey, { readonly link: PeerLink; readonly conduct: Conduct }>();
  readonly #queue: (() => void)[] = [];
  metadata: Uint8Array | undefined;
  announces = 0;
  nowMs = 0;
  readonly dialsMs: number[] = [];
  #keys = 0;

  constructor(conducts: readonly Conduct[], tiers: readonly (readonly string[])[] = [], seat?: Seat) {
    this.conducts = conducts;
    this.magnet = new MagnetStart({
      infoHash: INFO_HASH,
      verify: (bytes) => Buffer.compare(bytes, METADATA) === 0,
      peerId: new Uint8Array(20).fill(1),
      port: 6881,
      announcer: { tiers },
      nextPeerKey: () => ++this.#keys,
      randomBelow: () => 0,
      ...(seat === undefined ? {} : { seat }),
    });
    this.tell({ type: 'torrent-started' });
    this.tell({
      type: 'peers-found',
      addresses: conducts.map((_, index) => ({ host: `192.0.2.${index}`, port: 6881 })),
    });
  }

  tell(event: Parameters<MagnetStart['handle']>[0]): void {
    for (const action of this.magnet.handle(event, this.nowMs)) this.#perform(action);
  }

  runUntil(isDone: () => boolean, withinMs: number): void {
    const endMs = this.nowMs + withinMs;
    while (!isDone()) {
      const next = this.#queue.shift();
      if (next !== undefined) {
        next();
        continue;
      }
      const deadlineMs = this.magnet.deadlineMs ?? Number.POSITIVE_INFINITY;
      if (deadlineMs > endMs) throw new Error(`not done after ${withinMs} ms: ${this.magnet.why}`);
      this.nowMs = Math.max(this.nowMs + 1, deadlineMs);
      this.tell({ type: 'time-passed' });
    }
  }

  #perform(action: MagnetAction): void {
    if (action.type === 'open-socket') {
      const conduct = this.conducts[Number(action.address.host.split('.')[3])] ?? {};
      const closed = { type: 'socket-closed', peer: action.peer, reason: 'dial-failed' } as const;
      const link = newLink(action.peer);
      this.links.set(action.peer, { link, conduct });
      this.dialsMs.push(this.nowMs);
      this.#queue.push(() => this.tell(conduct.isAway ? closed : { type: 'socket-opened', peer: action.peer }));
    } else if (action.type === 'send-bytes') this.#queue.push(() => this.#receive(action.peer, action.bytes));
    else if (action.type === 'close-socket') this.links.delete(action.peer);
    else if (action.type === 'notify') this.notices.push(action.notice);
    else if (action.type === 'deliver-metadata') this.metadata = action.metadata;
    else if (action.type === 'announce') this.announces++;
  }

  #receive(key: PeerKey, bytes: Uint8Array): void {
    const peer = this.links.get(key);
    if (peer === undefined) return;
    for (const event of peer.link.receive(bytes)) for (const answer of answers(peer, event)) this.#say(key, answer);
  }

  #say(peer: PeerKey, bytes: Uint8Array): void {
    this.#queue.push(() => this.links.has(peer) && this.tell({ type: 'bytes-received', peer, bytes }));
  }

  get banned(): readonly string[] {
    return this.notices.flatMap((notice) => (notice.type === 'peer-banned' ? [notice.address.host] : []));
  }
}

function newLink(key: number): PeerLink {
  return new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(100 + key), extensions: EXTENSIONS });
}

function answers({ link, conduct }: { link: PeerLink; conduct: Conduct }, event: LinkEvent): readonly Uint8Array[] {
  if (event.type === 'handshake-received') {
    const { size = METADATA.length } = conduct;
    const handshake = size === 0 ? {} : { metadataSize: Math.min(size, 2 ** 23) };
    return [link.greet(), link.send({ type: 'have-none' }), link.send({ type: 'extended-handshake', handshake })];
  }
  if (event.type !== 'metadata' || event.message.kind !== 'request') return [];
  const { part } = event.message;
  const bytes = (conduct.part ?? honestPart)(part);
  if (bytes === 'silence') return [];
  if (bytes === 'reject') return [link.send({ type: 'metadata', message: { kind: 'reject', part } })];
  const totalLength = conduct.size ?? METADATA.length;
  return [link.send({ type: 'metadata', message: { kind: 'data', part, totalLength, bytes } })];
}

const kinds = (...names: readonly string[]) => names.map((name) => CONDUCTS[name]!);

describe('a magnet start', () => {
  test('gets the metadata from one peer, and leaves', () => {
    const world = new World(kinds('honest'));
    world.runUntil(() => world.metadata !== undefined, MINUTE);
    expect(world.metadata).toEqual(METADATA);
    expect(world.magnet.receivedBytes).toBe(METADATA.length);
    expect(world.links.size).toBe(0);
    expect(world.magnet.addresses).toEqual([{ host: '192.0.2.0', port: 6881 }]);
    expect(world.magnet.deadlineMs).toBeUndefined();
  });

  test('asks several at once', () => {
    const world = new World(kinds('honest', 'honest', 'honest'));
    world.runUntil(() => world.metadata !== undefined, MINUTE);
    const reasons = world.notices.flatMap((notice) => (notice.type === 'peer-closed' ? [notice.reason] : []));
    expect(reasons).toEqual(['metadata-complete', 'metadata-complete', 'metadata-complete']);
  });

  test('takes what somebody who dialled it has', () => {
    const world = new World([]);
    const link = newLink(7);
    world.links.set(7, { link, conduct: {} });
    const handshake = {
      reserved: Uint8Array.of(0, 0, 0, 0, 0, 16, 0, 4),
      infoHash: INFO_HASH,
      peerId: new Uint8Array(20).fill(9),
    };
    link.greet();
    link.receiveHandshake({ ...handshake, peerId: new Uint8Array(20).fill(1) });
    world.tell({ type: 'peer-accepted', peer: 7, address: { host: '192.0.2.9', port: 50_000 }, handshake });
    // The greeting that it sends was read already.
    const say = (bytes: Uint8Array) => world.tell({ type: 'bytes-received', peer: 7, bytes });
    say(link.send({ type: 'have-none' }));
    say(link.send({ type: 'extended-handshake', handshake: { port: 7000, metadataSize: METADATA.length } }));
    expect(world.magnet.why).toBe('peers are asked for the metadata');
    expect(world.magnet.addresses).toEqual([{ host: '192.0.2.9', port: 7000 }]);
  });

  test.each(Object.keys(CONDUCTS).filter((name) => name !== 'honest'))('is not kept from it by a peer: %s', (name) => {
    const world = new World(kinds(name, 'honest'));
    world.runUntil(() => world.metadata !== undefined, 5 * MINUTE);
    expect(world.metadata).toEqual(METADATA);
    expect(world.banned).not.toContain('192.0.2.1');
  });

  test.each(['liar', 'liar in one part', 'short parts'])('bans a sole %s and says why', (name) => {
    const world = new World(kinds(name));
    world.runUntil(() => world.banned.length > 0, 5 * MINUTE);
    expect(world.notices.find(({ type }) => type === 'peer-banned')).toMatchObject({
      reason: expect.stringMatching(/metadata/),
    });
    expect(world.metadata).toBeUndefined();
    expect(world.magnet.addresses).toEqual([]);
  });

  test('a handshake with a violation right behind it is not answered, but banned', () => {
    const world = new World([]);
    const greeting = newLink(5).greet();
    const address = { host: '192.0.2.9', port: 50_000 };
    const reserved = Uint8Array.of(0, 0, 0, 0, 0, 16, 0, 4);
    const handshake = { reserved, infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(9) };
    world.tell({ type: 'peer-accepted', peer: 6, address, handshake });
    world.tell({ type: 'bytes-received', peer: 6, bytes: Uint8Array.of(0xff, 0xff, 0xff, 0xff) });
    expect(world.banned).toEqual(['192.0.2.9']);
    world.tell({ type: 'peers-found', addresses: [{ host: '192.0.2.8', port: 1 }] });
    world.tell({ type: 'socket-opened', peer: 1 });
    world.tell({ type: 'bytes-received', peer: 1, bytes: Uint8Array.of(...greeting, 0xff, 0xff, 0xff, 0xff) });
    expect(world.banned).toEqual(['192.0.2.9', '192.0.2.8']);
  });

  test('says why it waits', () => {
    expect(new World([]).magnet.why).toBe('no peers, and no tracker to ask for them');
    const world = new World(kinds('without metadata'));
    expect(world.magnet.why).toBe('connecting to peers');
    world.runUntil(() => world.magnet.why === 'no peer that is connected has the metadata', MINUTE);
    world.runUntil(
      () => world.notices.some((notice) => notice.type === 'peer-closed' && notice.reason === 'no-metadata'),
      2 * MINUTE,
    );
  });

  test('hides passkeys', () => {
    const world = new World([], [['http://tracker.example/0123456789abcdef0123/announce']]);
    const problem = { code: 'unreachable', message: 'nobody there' } as const;
    world.tell({ type: 'tracker-answered', event: { type: 'announce-failed', exchange: 1, problem } });
    expect(world.magnet.why).toBe('no peers: the tracker http://tracker.example/…/announce says nobody there');
  });

  test('stops when told to, and turns everybody away', () => {
    const world = new World(kinds('silent'));
    world.tell({ type: 'torrent-stopped' });
    expect(world.notices.at(-1)).toEqual({ type: 'torrent-stopped', unreachedTrackers: 0 });
    expect(world.links.size).toBe(0);
    expect(world.magnet.deadlineMs).toBeUndefined();
  });

  describe('in a session', () => {
    test('counts: connections, dials under way and dials a second, and leaves nothing behind', () => {
      const session = new Session({ peersMax: 30, halfOpenMax: 7 });
      const world = new World(
        Array.from({ length: 100 }, () => ({ part: () => 'silence' })),
        [],
        session.join(),
      );
      expect(session.connectionCount).toBe(7);
      world.runUntil(() => session.connectionCount === 30, MINUTE);
      expect(session.join().mayAccept()).toBe(true);
      expect(session.takeErrands().map(({ type }) => type)).toContain('make-room');
      for (const [index, ms] of world.dialsMs.entries())
        expect(ms - (world.dialsMs[index - 31] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(1000);
      world.tell({ type: 'torrent-stopped' });
      expect(session.connectionCount).toBe(1);
    });

    test('gives up one without metadata for who has less', () => {
      const world = new World(kinds('silent', 'without metadata'), [], new Session().join());
      world.runUntil(() => world.magnet.why === 'peers are asked for the metadata', MINUTE);
      world.tell({ type: 'room-needed' });
      const closed = world.notices.filter((notice) => notice.type === 'peer-closed');
      expect(closed).toMatchObject([{ address: { host: '192.0.2.1' }, reason: 'no-room' }]);
    });

    test('turns away who dials it when all places are taken', () => {
      const session = new Session({ peersMax: 1 });
      const world = new World(kinds('silent'), [], session.join());
      const reserved = Uint8Array.of(0, 0, 0, 0, 0, 16, 0, 4);
      const handshake = { reserved, infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(9) };
      const address = { host: '192.0.2.9', port: 50_000 };
      world.tell({ type: 'peer-accepted', peer: 9, address, handshake });
      expect(world.notices.at(-1)).toMatchObject({ type: 'peer-closed', peer: 9, reason: 'no-room' });
      expect(session.connectionCount).toBe(1);
    });
  });

  test('with one honest peer it succeeds, whoever the others are, and never blames it', () => {
    const names = fc.array(fc.constantFrom(...Object.keys(CONDUCTS)), { maxLength: 8 });
    fc.assert(
      fc.property(names, fc.nat({ max: 8 }), (others, place) => {
        const all = [...others.slice(0, place), 'honest', ...others.slice(place)];
        const world = new World(kinds(...all));
        world.runUntil(() => world.metadata !== undefined, 60 * MINUTE);
        expect(Buffer.compare(world.metadata!, METADATA)).toBe(0);
        for (const host of world.banned) expect(all[Number(host.split('.')[3])]).not.toBe('honest');
      }),
      { numRuns: 25 },
    );
  });
});
