import { Bitfield, Geometry } from '@unchoke/pieces';
import { encodeHandshake, encodeReserved, parseReserved } from '@unchoke/wire';
import { describe, expect, test } from 'vitest';
import { LIMITS, Session, Torrent, type TorrentAction, type TorrentOptions } from '../src/index.js';
import { VirtualSwarm } from './virtual-swarm.js';

const MINUTE = 60_000;
const INFO_HASH = new Uint8Array(20).fill(7);

/** A torrent without a network, and strangers that dial it. */
class Stage {
  readonly torrent: Torrent;
  #keys = 0;
  nowMs = 0;

  constructor(options: Partial<TorrentOptions> = {}) {
    const geometry = new Geometry({ totalLength: 1_000_000, pieceLength: 32_768 });
    this.torrent = new Torrent({
      infoHash: INFO_HASH,
      peerId: new Uint8Array(20).fill(1),
      port: 6881,
      geometry,
      have: Bitfield.empty(geometry.pieceCount),
      nextPeerKey: () => ++this.#keys,
      randomBelow: () => 0,
      ...options,
    });
    this.torrent.handle({ type: 'torrent-started' }, 0);
  }

  /** Answers why it was closed, or `undefined` when it was let in. */
  accept(host: string, id: number): string | undefined {
    const peer = ++this.#keys;
    const peerId = Uint8Array.from({ length: 20 }, (_, index) => (index === 0 ? id >> 8 : id & 255));
    const handshake = { reserved: encodeReserved({ fast: true, extended: false }), infoHash: INFO_HASH, peerId };
    const address = { host, port: 50_000 + peer };
    return closeReasonIn(this.torrent.handle({ type: 'peer-accepted', peer, address, handshake }, this.nowMs), peer);
  }

  /** Lets time go by as an edge would. */
  pass(durationMs: number): readonly TorrentAction[] {
    const endMs = this.nowMs + durationMs;
    const actions: TorrentAction[] = [];
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, Math.max(this.nowMs + 1, this.torrent.deadlineMs ?? endMs));
      actions.push(...this.torrent.handle({ type: 'time-passed' }, this.nowMs));
    }
    return actions;
  }

  get peerCount(): number {
    return this.torrent.status.peers.length;
  }
}

function closeReasonIn(actions: readonly TorrentAction[], peer: number): string | undefined {
  const close = actions.find((action) => action.type === 'close-socket' && action.peer === peer);
  return close?.type === 'close-socket' ? close.reason : undefined;
}

describe('connections', () => {
  test.each([
    ['the lower id', 0, 1],
    ['the higher id', 1, 0],
  ])('of two that dial each other at once exactly one stays, and is used; %s dials first', (_, first, second) => {
    const shape = { totalLength: 20 * 32_768, pieceLength: 32_768 };
    const swarm = new VirtualSwarm(1, shape);
    const halves = [0, 10].map((start) => Array.from({ length: 10 }, (_item, index) => start + index));
    const one = swarm.add({ has: halves[first]!, knows: [1] });
    const other = swarm.add({ has: halves[second]!, knows: [0] });
    // Neither has everything at once, so that they stay connected for a while.
    swarm.runUntil(() => one.torrent.status.haveCount > 10 || other.torrent.status.haveCount > 10, MINUTE);
    expect([one.pipes.size, other.pipes.size]).toEqual([1, 1]);
    swarm.runUntil(() => one.isComplete && other.isComplete, MINUTE);
    const closed = [one, other].flatMap(({ notices }) => notices.filter(({ type }) => type === 'peer-closed'));
    expect(closed.length).toBeGreaterThanOrEqual(2);
    expect([one, other].every(({ torrent }) => torrent.status.wastedBytes === 0)).toBe(true);
  });

  test('whoever has all the connections it may have is not woken to dial', () => {
    const stage = new Stage({ peersMax: 1 });
    const addresses = [{ host: '203.0.113.7', port: 6881 }];
    const [dial] = stage.torrent.handle({ type: 'peers-found', addresses }, 0);
    if (dial?.type !== 'open-socket') throw new Error('it does not dial');
    stage.torrent.handle({ type: 'socket-closed', peer: dial.peer, reason: 'dial-failed' }, 0);
    const againMs = stage.torrent.deadlineMs!;
    expect(againMs).toBe(LIMITS.retryFirstMs);
    expect(stage.accept('203.0.113.5', 1)).toBeUndefined();
    expect(stage.torrent.deadlineMs).toBeGreaterThan(againMs);
    const [peer] = stage.torrent.inside.peers.keys();
    stage.torrent.handle({ type: 'socket-closed', peer: peer!, reason: 'remote-closed' }, 0);
    expect(stage.torrent.deadlineMs).toBe(againMs);
  });

  test('a fifth of the places is kept for those who dial us', () => {
    const stage = new Stage({ peersMax: 10 });
    const addresses = Array.from({ length: 50 }, (_, index) => ({ host: `203.0.113.${index}`, port: 6881 }));
    const dials = stage.torrent.handle({ type: 'peers-found', addresses }, 0);
    expect(dials.map(({ type }) => type)).toEqual(Array(8).fill('open-socket'));
    for (const dial of dials) {
      if (dial.type === 'open-socket') stage.torrent.handle({ type: 'socket-opened', peer: dial.peer }, 0);
    }
    expect([1, 2, 3].map((id) => stage.accept(`203.0.113.${100 + id}`, id))).toEqual([undefined, undefined, 'no-room']);
  });

  test('who has everything seeks takers, a few at first and then one now and then', () => {
    const { pieceCount } = new Geometry({ totalLength: 1_000_000, pieceLength: 32_768 });
    const stage = new Stage({ have: Bitfield.full(pieceCount) });
    const addresses = Array.from({ length: 500 }, (_, index) => ({
      host: `198.18.${index >> 8}.${index & 255}`,
      port: 6881,
    }));
    let dialCount = 0;
    const take = (actions: readonly TorrentAction[]) => {
      for (const action of actions) {
        if (action.type !== 'open-socket') continue;
        dialCount++;
        take(stage.torrent.handle({ type: 'socket-closed', peer: action.peer, reason: 'dial-failed' }, stage.nowMs));
      }
    };
    take(stage.torrent.handle({ type: 'peers-found', addresses }, 0));
    for (let step = 0; step < 10; step++) take(stage.pass(100));
    expect(dialCount).toBeGreaterThan(0);
    expect(dialCount).toBeLessThanOrEqual(LIMITS.takersSought);
    const soonCount = dialCount;
    for (let step = 0; step < 600; step++) take(stage.pass(1_000));
    expect(dialCount - soonCount).toBeGreaterThan(10);
    expect(dialCount).toBeLessThanOrEqual(LIMITS.takersSought + 601_000 / LIMITS.takerSeekMs);
  });

  test('where everybody knows everybody, peers find their places without trying all the others', () => {
    const swarm = new VirtualSwarm(5, { totalLength: 64 * 32_768, pieceLength: 32_768 });
    const everybody = Array.from({ length: 60 }, (_, index) => index);
    const rates = { maxUploadRate: 50_000 };
    for (const index of everybody) {
      const knows = everybody.map((step) => (index + 7 * step) % 60);
      swarm.add({ knows, rates, torrent: { peersMax: 10 }, has: index === 0 ? 'everything' : 'nothing' });
    }
    swarm.runUntil(() => swarm.nowMs > MINUTE, 2 * MINUTE);
    const closed = swarm.members.flatMap(({ notices }) => notices.filter(({ type }) => type === 'peer-closed'));
    expect(closed.length).toBeLessThan(60 * 20);
  });

  test('one from each public host; on loopback and in private networks any number', () => {
    const stage = new Stage();
    expect(stage.accept('203.0.113.5', 1)).toBeUndefined();
    for (let id = 2; id < 200; id++) expect(stage.accept('203.0.113.5', id)).toBe('same-host');
    expect(stage.accept('203.0.113.6', 300)).toBeUndefined();
    for (const host of ['127.0.0.1', '192.168.1.7']) {
      for (let id = 400; id < 405; id++) expect(stage.accept(host, id + host.length * 256)).toBeUndefined();
    }
    expect(new Stage({ peersPerHostMax: 2 }).accept('127.0.0.1', 1)).toBeUndefined();
  });

  test('a number of them for each host, when asked for, holds everywhere', () => {
    const stage = new Stage({ peersPerHostMax: 2 });
    expect([1, 2, 3].map((id) => stage.accept('127.0.0.1', id))).toEqual([undefined, undefined, 'same-host']);
  });

  test('a full torrent that is given nothing lets a newcomer in for one that has nothing, one in ten seconds', () => {
    const stage = new Stage({ peersMax: 5 });
    for (let id = 1; id <= 5; id++) expect(stage.accept(`203.0.113.${id}`, id)).toBeUndefined();
    expect(stage.accept('203.0.113.6', 6)).toBe('no-room');
    stage.pass(LIMITS.rechokeMs);
    expect(stage.accept('203.0.113.7', 7)).toBeUndefined();
    expect(stage.peerCount).toBe(5);
    expect(stage.accept('203.0.113.8', 8)).toBe('no-room');
  });

  test('a full torrent that lacks nothing turns newcomers away, until one of its peers has been useless for long', () => {
    const pieceCount = Math.ceil(1_000_000 / 32_768);
    const stage = new Stage({ peersMax: 5, have: Bitfield.full(pieceCount) });
    for (let id = 1; id <= 5; id++) expect(stage.accept(`203.0.113.${id}`, id)).toBeUndefined();
    stage.pass(LIMITS.rechokeMs);
    expect(stage.accept('203.0.113.6', 6)).toBe('no-room');
    stage.pass(LIMITS.idleTimeoutMs - 20_000);
    expect(stage.accept('203.0.113.7', 7)).toBeUndefined();
    expect(stage.peerCount).toBe(5);
    expect(stage.accept('203.0.113.8', 8)).toBe('no-room');
  });

  test('two hundred that have nothing do not keep the one out that has everything', () => {
    const swarm = new VirtualSwarm(2, { totalLength: 8 * 32_768, pieceLength: 32_768 });
    const starved = swarm.add({ torrent: { peersMax: 10 } });
    for (let index = 0; index < 30; index++) swarm.add({ knows: [0] });
    swarm.runUntil(() => swarm.nowMs > 5_000, MINUTE);
    const seed = swarm.add({ has: 'everything', knows: [0] });
    swarm.runUntil(() => starved.isComplete, 30_000);
    expect(seed.isComplete && starved.isComplete).toBe(true);
  });

  test('a session that is full turns strangers away, and takes from who has more than its share', () => {
    const session = new Session({ peersMax: 6 });
    const greedy = new Stage({ seat: session.join([INFO_HASH]) });
    const late = new Stage({ seat: session.join() });
    for (let id = 1; id <= 6; id++) expect(greedy.accept(`203.0.113.${id}`, id)).toBeUndefined();
    expect(greedy.accept('203.0.113.7', 7)).toBe('no-room');
    expect(late.accept('203.0.113.8', 8)).toBeUndefined();
    expect(session.takeErrands().map(({ type }) => type)).toEqual(['make-room']);
    greedy.torrent.handle({ type: 'room-needed' }, 0);
    expect([greedy.peerCount, late.peerCount, session.connectionCount]).toEqual([5, 1, 6]);
    late.torrent.handle({ type: 'torrent-stopped' }, 0);
    expect(session.connectionCount).toBe(5);
  });

  test('never more than 20 dials under way, never more than 30 a second, whatever a tracker says', () => {
    const stage = new Stage();
    const addresses = Array.from({ length: 100_000 }, (_, index) => ({
      host: `198.${18 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
      port: 6881,
    }));
    const dialsMs: number[] = [];
    const take = (actions: readonly TorrentAction[]) => {
      for (const action of actions) {
        if (action.type !== 'open-socket') continue;
        dialsMs.push(stage.nowMs);
        take(stage.torrent.handle({ type: 'socket-closed', peer: action.peer, reason: 'dial-failed' }, stage.nowMs));
        expect(stage.peerCount).toBeLessThanOrEqual(LIMITS.halfOpenMax);
      }
    };
    take(stage.torrent.handle({ type: 'peers-found', addresses }, 0));
    for (let step = 0; step < 300; step++) take(stage.pass(10));
    expect(dialsMs.length).toBeGreaterThan(50);
    for (const fromMs of dialsMs) {
      expect(dialsMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1000).length).toBeLessThanOrEqual(30);
    }
  });

  test('a seed that nobody can reach finds who wants something of it', () => {
    const swarm = new VirtualSwarm(11, { totalLength: 20 * 32_768, pieceLength: 32_768 });
    const leech = swarm.add();
    const seed = swarm.add({ has: 'everything', knows: [0] });
    swarm.runUntil(() => leech.isComplete, MINUTE);
    expect(Buffer.compare(leech.disk, swarm.content)).toBe(0);
    expect(seed.torrent.status.state).toBe('seeding');
  });

  test('two seeds that know each other meet once, and again when one lacks something', () => {
    const swarm = new VirtualSwarm(12, { totalLength: 20 * 32_768, pieceLength: 32_768 });
    const one = swarm.add({ has: 'everything' });
    const other = swarm.add({ has: 'everything', knows: [0] });
    const meetings = () => one.notices.filter(({ type }) => type === 'peer-connected').length;
    const endMs = swarm.nowMs + 60 * MINUTE;
    swarm.runUntil(() => swarm.nowMs >= endMs, 61 * MINUTE);
    expect(meetings()).toBe(1);
    swarm.deliver(other, { type: 'pieces-lost', pieces: [swarm.geometry.pieceAt(3)!] });
    swarm.runUntil(() => other.isComplete, 6 * MINUTE);
    expect(meetings()).toBe(2);
  });

  test('a seed dials no more than its slots need, and leaves half of all places to others', () => {
    const have = Bitfield.full(31);
    const addresses = Array.from({ length: 50 }, (_, index) => ({ host: `203.0.113.${index}`, port: 6881 }));
    const dialsOf = (stage: Stage) =>
      stage.torrent.handle({ type: 'peers-found', addresses }, 0).filter(({ type }) => type === 'open-socket').length;
    const alone = new Stage({ have });
    expect(dialsOf(alone)).toBe(LIMITS.takersSought);
    expect(alone.pass(MINUTE).some(({ type }) => type === 'open-socket')).toBe(true);
    const session = new Session({ peersMax: 8 });
    expect(dialsOf(new Stage({ have, seat: session.join() }))).toBe(4);
    expect(dialsOf(new Stage({ have, seat: session.join() }))).toBe(0);
    expect(dialsOf(new Stage({ seat: session.join() }))).toBe(4);
  });

  test('who dialled us and said where it listens is not dialled while it is connected', () => {
    const swarm = new VirtualSwarm(3, { totalLength: 200 * 32_768, pieceLength: 32_768 });
    const seed = swarm.add({ has: 'everything', rates: { maxUploadRate: 200_000 } });
    const leech = swarm.add({ knows: [0], has: [0] });
    swarm.runUntil(() => leech.torrent.status.haveCount > 5, MINUTE);
    swarm.deliver(seed, { type: 'pieces-lost', pieces: [swarm.geometry.pieceAt(0)!] });
    swarm.deliver(seed, { type: 'peers-found', addresses: [leech.address] });
    swarm.runUntil(() => leech.torrent.status.haveCount > 50, MINUTE);
    expect([seed.pipes.size, leech.pipes.size]).toEqual([1, 1]);
    expect(seed.notices.filter(({ type }) => type === 'peer-closed')).toEqual([]);
  });
});

describe('a hybrid torrent (BEP 52, upgrade path)', () => {
  const INFO_HASH_V2 = new Uint8Array(20).fill(8);
  const hello = (infoHash: Uint8Array, v2: boolean) => ({
    reserved: encodeReserved({ fast: true, extended: false, v2 }),
    infoHash,
    peerId: new Uint8Array(20).fill(5),
  });
  /** What our handshake says. */
  const said = (actions: readonly TorrentAction[]) => {
    const sent = actions.find((action) => action.type === 'send-bytes');
    if (sent?.type !== 'send-bytes') return undefined;
    return { name: sent.bytes[28], isV2: parseReserved(sent.bytes.subarray(20, 28)).v2 };
  };

  test.each([
    ['hybrid', { infoHashV2: INFO_HASH_V2 }, true],
    ['v1', {}, false],
    ['v2', { infoHashV2: INFO_HASH }, true],
  ])('whom we dial about a torrent (%s) hears whether we know version 2', (_, options, isV2) => {
    const { torrent } = new Stage(options);
    torrent.handle({ type: 'peers-found', addresses: [{ host: '198.51.100.1', port: 1 }] }, 0);
    expect(said(torrent.handle({ type: 'socket-opened', peer: 1 }, 0))).toEqual({ name: 7, isV2 });
  });

  test.each([
    ['v1', INFO_HASH, true],
    ['v2', INFO_HASH_V2, true],
    ['no', new Uint8Array(20).fill(9), false],
  ])('whom we dial may answer with either hash: %s', (_, infoHash, isWelcome) => {
    const { torrent } = new Stage({ infoHashV2: INFO_HASH_V2 });
    torrent.handle({ type: 'peers-found', addresses: [{ host: '198.51.100.1', port: 1 }] }, 0);
    torrent.handle({ type: 'socket-opened', peer: 1 }, 0);
    const bytes = encodeHandshake(hello(infoHash, true));
    const actions = torrent.handle({ type: 'bytes-received', peer: 1, bytes }, 0);
    expect(closeReasonIn(actions, 1)).toBe(isWelcome ? undefined : 'protocol-violated');
  });

  test.each([
    ['the v1 hash, and knows version 2', INFO_HASH, true, { name: 8, isV2: true }],
    ['the v1 hash', INFO_HASH, false, { name: 7, isV2: false }],
    ['the v2 hash', INFO_HASH_V2, false, { name: 8, isV2: true }],
  ])('who dials with %s is answered in kind', (_, infoHash, v2, expected) => {
    const { torrent } = new Stage({ infoHashV2: INFO_HASH_V2 });
    const address = { host: '198.51.100.1', port: 1 };
    const handshake = hello(infoHash, v2);
    const actions = torrent.handle({ type: 'peer-accepted', peer: 1, address, handshake }, 0);
    expect(said(actions)).toEqual(expected);
    expect(closeReasonIn(actions, 1)).toBeUndefined();
  });

  test('whose files are padded is known by its v1 hash alone, whatever bit the peer sets', () => {
    const { torrent } = new Stage();
    const address = { host: '198.51.100.1', port: 1 };
    const handshake = hello(INFO_HASH, true);
    expect(said(torrent.handle({ type: 'peer-accepted', peer: 1, address, handshake }, 0))).toEqual({
      name: 7,
      isV2: false,
    });
  });
});
