import { Bitfield, Geometry, type PieceIndex } from '@unchoke/pieces';
import { encodeMessage, type LinkEvent, type Message, PeerLink } from '@unchoke/wire';
import { describe, expect, test } from 'vitest';
import { LIMITS, Torrent, type TorrentAction } from '../src/index.js';

const INFO_HASH = new Uint8Array(20).fill(3);
const GEOMETRY = new Geometry({ totalLength: 4 * 16_384, pieceLength: 16_384 });

/** A torrent and, at the other end of every connection, a link that we speak through by hand. */
class Table {
  readonly torrent: Torrent;
  nowMs = 1;
  readonly links = new Map<number, PeerLink>();
  readonly heard: LinkEvent[] = [];
  readonly sockets: TorrentAction[] = [];
  #keys = 100;

  constructor({ have = [], peersMax = 50 }: { readonly have?: readonly number[]; readonly peersMax?: number } = {}) {
    this.torrent = new Torrent({
      infoHash: INFO_HASH,
      peerId: new Uint8Array(20).fill(1),
      port: 0,
      geometry: GEOMETRY,
      have: Bitfield.of(4, have as readonly PieceIndex[]),
      peersMax,
      nextPeerKey: () => ++this.#keys,
      randomBelow: () => 0,
    });
    this.take(this.torrent.handle({ type: 'torrent-started' }, this.nowMs));
  }

  /** Somebody dials in, with these pieces, and unchokes. */
  meet(key: number, pieces: readonly number[], unchokes = true, isFast = true): PeerLink {
    const link = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(key), torrent: GEOMETRY });
    this.links.set(key, link);
    link.greet();
    const handshake = {
      reserved: Uint8Array.of(0, 0, 0, 0, 0, 0x10, 0, isFast ? 4 : 0),
      infoHash: INFO_HASH,
      peerId: new Uint8Array(20).fill(key),
    };
    const address = { host: `192.0.2.${key}`, port: 6881 };
    this.take(this.torrent.handle({ type: 'peer-accepted', peer: key, address, handshake }, this.nowMs));
    this.say(key, link.send({ type: 'extended-handshake', handshake: {} }));
    this.tell(key, { type: 'bitfield', bits: Bitfield.of(4, pieces as readonly PieceIndex[]).toWire() });
    if (unchokes) this.tell(key, { type: 'unchoke' });
    return link;
  }

  tell(key: number, message: Message): void {
    this.say(key, this.links.get(key)!.send(message));
  }

  say(key: number, bytes: Uint8Array): void {
    this.take(this.torrent.handle({ type: 'bytes-received', peer: key, bytes }, this.nowMs));
  }

  /** A piece arrives from somewhere, and is right. */
  verify(index: number): void {
    const piece = GEOMETRY.pieceAt(index)!;
    const block = new Uint8Array(GEOMETRY.lengthOf(piece));
    this.tell(Number([...this.links.keys()][0]), { type: 'piece', piece, begin: 0, block });
    const verified = { type: 'piece-verified', piece, isValid: true, blockDigests: undefined } as const;
    this.take(this.torrent.handle(verified, this.nowMs));
  }

  /** Time passes as the torrent wants it. */
  passUntil(endMs: number): void {
    for (
      let { deadlineMs } = this.torrent;
      deadlineMs !== undefined && deadlineMs <= endMs;
      { deadlineMs } = this.torrent
    ) {
      this.nowMs = Math.max(this.nowMs + 1, deadlineMs);
      this.take(this.torrent.handle({ type: 'time-passed' }, this.nowMs));
    }
    this.nowMs = endMs;
  }

  take(actions: readonly TorrentAction[]): void {
    for (const action of actions) {
      if (action.type === 'send-bytes') this.heard.push(...this.links.get(action.peer)!.receive(action.bytes));
      else if (action.type === 'close-socket' || action.type === 'open-socket') this.sockets.push(action);
    }
  }

  /** Time passes, and the peer says so much that it is not idle. */
  liveUntil(endMs: number, key: number): void {
    while (this.nowMs < endMs) {
      this.passUntil(Math.min(endMs, this.nowMs + 30_000));
      this.tell(key, { type: 'keep-alive' });
    }
  }

  requests(): readonly string[] {
    return this.heard.flatMap((event) => (event.type === 'request' ? [`${event.piece}:${event.begin}`] : []));
  }
}

describe('a peer that changes its mind', () => {
  test('loses a piece it was asked for and finds it again before it has answered: it is not asked twice', () => {
    const table = new Table();
    const link = table.meet(7, [0]);
    expect(table.requests()).toEqual(['0:0']);
    table.say(7, link.send({ type: 'dont-have', piece: 0 }));
    table.tell(7, { type: 'have', piece: 0 });
    expect(table.requests()).toEqual(['0:0']);
    table.tell(7, { type: 'reject', piece: 0, begin: 0, length: 16_384 });
    expect(table.requests()).toEqual(['0:0', '0:0']);
  });

  test('loses a piece it was asked for: without the fast extension, too, the limit is free for others at once', () => {
    for (const isFast of [false, true]) {
      const table = new Table();
      table.take(table.torrent.handle({ type: 'limits-changed', maxDownloadRate: 16_384 }, table.nowMs));
      const link = table.meet(7, [0], true, isFast);
      table.meet(8, [1]);
      expect(table.requests()).toEqual(['0:0']);
      table.say(7, link.send({ type: 'dont-have', piece: 0 }));
      if (isFast) table.tell(7, { type: 'reject', piece: 0, begin: 0, length: 16_384 });
      table.take(table.torrent.handle({ type: 'time-passed' }, table.nowMs));
      expect(table.requests()).toEqual(['0:0', '1:0']);
    }
  });

  test('refuses a block while it serves us: it is asked again after a while, without another unchoke', () => {
    const table = new Table();
    table.meet(7, [0, 1, 2, 3]);
    for (const piece of [0, 1, 2, 3]) table.tell(7, { type: 'reject', piece, begin: 0, length: 16_384 });
    expect(table.torrent.status.why).toBe('peers refuse what is asked of them');
    table.passUntil(table.nowMs + LIMITS.rejectedRestMs - 1);
    const once = [...table.requests()];
    expect([...once].sort()).toEqual(['0:0', '1:0', '2:0', '3:0']);
    table.passUntil(table.nowMs + 1);
    expect([...table.requests()].sort()).toEqual([...once, ...once].sort());
  });
});

describe('a torrent', () => {
  test('asks those who idle for what others were asked for as soon as the last block is asked for', () => {
    const table = new Table();
    table.meet(9, [0]);
    table.meet(7, [1, 2, 3], false);
    table.meet(8, [0]);
    expect(table.requests()).toEqual(['0:0']);
    table.passUntil(table.nowMs + 1_000);
    table.tell(7, { type: 'unchoke' });
    expect([...table.requests()].sort()).toEqual(['0:0', '0:0', '1:0', '2:0', '3:0']);
  });

  test('does not hold requests that crossed its choke against a peer, however often that happens', () => {
    const table = new Table({ have: [0] });
    table.meet(7, []);
    const say = (message: Message) => table.say(7, encodeMessage(message));
    const sendStrays = (count: number) => {
      say({ type: 'not-interested' });
      table.passUntil(table.nowMs + LIMITS.rechokeMs);
      for (let stray = 0; stray < count; stray++) say({ type: 'request', piece: 0, begin: 0, length: 16_384 });
    };
    for (let round = 0; round < 3; round++) {
      say({ type: 'interested' });
      expect(table.torrent.inside.peers.get(7)?.link.local.choking).toBe(false);
      sendStrays(LIMITS.strayRequestsMax);
    }
    expect(table.torrent.inside.peers.has(7)).toBe(true);
    sendStrays(1);
    expect(table.torrent.inside.peers.has(7)).toBe(false);
  });

  test('tells who lacks a piece at once that it has it, and later who has it, too', () => {
    const table = new Table();
    const haves = () => table.heard.filter(({ type }) => type === 'have');
    table.meet(7, [0, 1, 2]);
    table.verify(2);
    expect(haves()).toEqual([]);
    table.meet(8, []);
    table.verify(1);
    expect(haves()).toEqual([{ type: 'have', piece: 1 }]);
    table.passUntil(table.nowMs + LIMITS.rechokeMs);
    expect(haves().slice(1)).toEqual([2, 1].map((piece) => ({ type: 'have', piece })));
  });

  test('tells one that had everything, and loses a piece, what it was not told of yet', () => {
    const table = new Table();
    const link = table.meet(7, [0, 1, 2, 3]);
    table.verify(2);
    expect(table.heard.filter(({ type }) => type === 'have')).toEqual([]);
    table.say(7, link.send({ type: 'dont-have', piece: 2 }));
    expect(table.heard.filter(({ type }) => type === 'have')).toEqual([{ type: 'have', piece: 2 }]);
  });

  test('does not announce later what it has lost meanwhile', () => {
    const table = new Table();
    table.meet(7, [0, 1, 2, 3]);
    table.verify(2);
    table.take(table.torrent.handle({ type: 'pieces-lost', pieces: [GEOMETRY.pieceAt(2)!] }, table.nowMs));
    expect(table.requests().filter((request) => request === '2:0')).toHaveLength(2);
    expect(table.heard.filter(({ type }) => type === 'have')).toEqual([]);
  });

  test('tells its peers of pieces that it lost, where they understand it (BEP 54)', () => {
    const table = new Table({ have: [0, 1] });
    table.meet(7, []);
    table.take(table.torrent.handle({ type: 'pieces-lost', pieces: [GEOMETRY.pieceAt(1)!] }, table.nowMs));
    expect(table.heard.filter(({ type }) => type === 'dont-have')).toEqual([{ type: 'dont-have', piece: 1 }]);
  });

  test('has a dial that took too long ended: it could still get through, to nobody', () => {
    const table = new Table();
    const address = { host: '192.0.2.50', port: 6881 };
    const [dial] = table.torrent.handle({ type: 'peers-found', addresses: [address] }, table.nowMs);
    expect(dial).toMatchObject({ type: 'open-socket', address });
    table.nowMs += LIMITS.dialTimeoutMs;
    const actions = table.torrent.handle({ type: 'time-passed' }, table.nowMs);
    expect(actions).toContainEqual({ type: 'close-socket', peer: 101, reason: 'dial-failed' });
  });

  test('full of peers that have and want nothing makes room for one that may have something', () => {
    const table = new Table({ peersMax: 2 });
    table.meet(7, []);
    table.meet(8, []);
    const address = { host: '192.0.2.50', port: 6881 };
    const dialled = table.torrent.handle({ type: 'peers-found', addresses: [address] }, table.nowMs);
    expect(dialled.map(({ type }) => type)).not.toContain('open-socket');
    table.nowMs += LIMITS.uselessMs;
    const actions = table.torrent.handle({ type: 'time-passed' }, table.nowMs);
    expect(actions).toContainEqual({ type: 'close-socket', peer: 7, reason: 'no-room' });
    expect(actions).toContainEqual({ type: 'open-socket', peer: 101, address });
  });

  // Found by the simulation: seed 89 of 50 peers and 200 pieces, a leech between two stallers and a free rider for an hour.
  test('full of peers that were asked and send nothing makes room, too', () => {
    const table = new Table({ peersMax: 1 });
    table.meet(7, [0, 1, 2, 3]);
    const address = { host: '192.0.2.50', port: 6881 };
    table.torrent.handle({ type: 'peers-found', addresses: [address] }, table.nowMs);
    table.liveUntil(LIMITS.uselessMs, 7);
    expect(table.sockets).toEqual([]);
    table.liveUntil(LIMITS.uselessMs + LIMITS.requestTimeoutMs, 7);
    expect(table.sockets.slice(0, 2)).toEqual([
      { type: 'close-socket', peer: 7, reason: 'no-room' },
      { type: 'open-socket', peer: 101, address },
    ]);
  });

  test('full of peers that choke makes room only when nothing comes from anybody', () => {
    const table = new Table({ peersMax: 1 });
    table.meet(7, [0, 1, 2, 3], false);
    const address = { host: '192.0.2.50', port: 6881 };
    table.torrent.handle({ type: 'peers-found', addresses: [address] }, table.nowMs);
    table.liveUntil(LIMITS.fruitlessMs - LIMITS.rechokeMs, 7);
    expect(table.sockets).toEqual([]);
    table.liveUntil(LIMITS.fruitlessMs + LIMITS.rechokeMs, 7);
    expect(table.sockets.slice(0, 2)).toEqual([
      { type: 'close-socket', peer: 7, reason: 'no-room' },
      { type: 'open-socket', peer: 101, address },
    ]);
  });

  test('keeps peers that have something when there is no room', () => {
    const table = new Table({ peersMax: 1 });
    table.meet(7, [0], false);
    table.torrent.handle({ type: 'peers-found', addresses: [{ host: '192.0.2.50', port: 6881 }] }, table.nowMs);
    table.nowMs += LIMITS.uselessMs;
    const actions = table.torrent.handle({ type: 'time-passed' }, table.nowMs);
    expect(actions.map(({ type }) => type)).not.toContain('close-socket');
  });
});
