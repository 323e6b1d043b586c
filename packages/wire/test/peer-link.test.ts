import {
  encodeMessage,
  type LinkEvent,
  type LinkOptions,
  type Message,
  PeerLink,
  type ViolationCode,
} from '@unchoke/wire';
import { describe, expect, test } from 'vitest';
import { concat } from './arbitraries.js';
import {
  BLOCK,
  cancel,
  downloading,
  FAST,
  INFO_HASH,
  oddities,
  Pair,
  PLAIN,
  piece,
  refusal,
  reject,
  request,
  TORRENT,
  violation,
} from './pair.js';

describe('greeting', () => {
  test('both handshakes settle the terms', () => {
    const pair = new Pair({}, { offers: { fast: false, dht: true } });
    expect(pair.us.isFast).toBe(false);
    expect(pair.us.isExtended).toBe(true);
    expect(pair.us.remote.offers).toEqual({ fast: false, extended: true, dht: true, v2: false });
    expect(pair.us.local.phase).toBe('opening');
    expect(pair.us.remote.phase).toBe('opening');
  });

  test('another info-hash is a violation; the v2 one of the same torrent is not', () => {
    const other = new Uint8Array(20).fill(0xbb);
    expect(violation(talk({}, { infoHash: other }))).toBe('wrong-info-hash');
    expect(talk({ upgradedInfoHash: other }, { infoHash: other })[0]?.type).toBe('handshake-received');
  });

  test('our own id, and another than promised, are oddities', () => {
    const ours = new Uint8Array(20).fill(1);
    expect(oddities(talk({}, { peerId: ours }))).toEqual(['own-peer-id']);
    expect(oddities(talk({ expectedPeerId: new Uint8Array(20).fill(9) }, {}))).toEqual(['peer-id-mismatch']);
    expect(oddities(talk({ expectedPeerId: new Uint8Array(20).fill(2) }, {}))).toEqual([]);
  });

  test.each([0, 1, 7, 19])('a wrong byte %i ends it at once, though it comes alone', (index) => {
    const us = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20) });
    const bytes = us.greet();
    bytes[index]! ^= 1;
    for (const byte of bytes.subarray(0, index)) expect(us.receive(new Uint8Array([byte]))).toEqual([]);
    expect(violation(us.receive(bytes.subarray(index, index + 1)))).toBe('wrong-protocol');
    expect(us.heldBytes).toBe(0);
  });

  test('nothing can be sent before both handshakes, nor a second handshake, nor anything after the end', () => {
    const us = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20) });
    expect(refusal(() => us.send({ type: 'choke' }))).toBe('not-greeted');
    us.greet();
    expect(refusal(() => us.send({ type: 'choke' }))).toBe('not-greeted');
    expect(refusal(() => us.greet())).toBe('already-greeted');
    us.close();
    expect(refusal(() => us.send({ type: 'choke' }))).toBe('link-closed');
    expect(us.receive(new Uint8Array(100))).toEqual([]);
  });

  test('a handshake that was read elsewhere counts the same', () => {
    const pair = new Pair();
    const listener = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(3), torrent: TORRENT });
    const handshake = { reserved: new Uint8Array(8), infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(2) };
    expect(listener.receiveHandshake(handshake)[0]?.type).toBe('handshake-received');
    expect(refusal(() => pair.us.receiveHandshake(handshake))).toBe('already-greeted');
  });

  function talk(ours: Partial<LinkOptions>, theirs: Partial<LinkOptions>): readonly LinkEvent[] {
    const us = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(1), ...ours });
    const peer = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(2), ...theirs });
    return us.receive(peer.greet());
  }
});

describe('opening', () => {
  const bits = new Uint8Array([0xff, 0xe0]);

  test('extended handshake, port and keep-alive may come before the bitfield', () => {
    const pair = new Pair({ offers: { dht: true } });
    const events = pair.hear(
      { type: 'extended-handshake', handshake: { client: 'x' } },
      { type: 'port', port: 6881 },
      { type: 'keep-alive' },
      { type: 'bitfield', bits },
    );
    expect(events.map(({ type }) => type)).toEqual(['extended-handshake', 'port', 'keep-alive', 'bitfield']);
    expect(pair.us.remote.phase).toBe('steady');
  });

  test.each<readonly [string, Message, Message]>([
    ['twice', { type: 'bitfield', bits }, { type: 'bitfield', bits }],
    ['after have', { type: 'have', piece: 0 }, { type: 'bitfield', bits }],
    ['after have-none', { type: 'have-none' }, { type: 'bitfield', bits }],
    ['after unchoke', { type: 'unchoke' }, { type: 'have-all' }],
    ['both', { type: 'have-none' }, { type: 'have-all' }],
  ])('what a peer has is said first and once, but more of it may come late, as aria2 does: %s', (_, first, second) => {
    const late = new Pair().hearBytes(first, second).at(-1);
    expect(late).toEqual({ type: 'oddity-noticed', oddity: 'availability-late', message: second });
    expect(refusal(() => new Pair().say(first, second))).toMatch(/availability/);
  });

  test('a late bitfield must fit the torrent all the same, and nothing is taken back', () => {
    const have: Message = { type: 'have', piece: 0 };
    const long: Message = { type: 'bitfield', bits: new Uint8Array(bits.length + 1) };
    expect(violation(new Pair().hearBytes(have, long))).toBe('bitfield-length-wrong');
    expect(violation(new Pair().hearBytes(have, { type: 'have-none' }))).toBe('availability-not-first');
  });

  test('with the fast extension its absence is an oddity, once, and the message still counts', () => {
    const pair = new Pair();
    const events = pair.hearBytes({ type: 'unchoke' }, { type: 'have', piece: 1 });
    expect(events.map(({ type }) => type)).toEqual(['oddity-noticed', 'unchoke', 'have']);
    expect(oddities(events)).toEqual(['availability-missing']);
    expect(pair.us.remote.choking).toBe(false);
    expect(refusal(() => pair.us.send({ type: 'unchoke' }))).toBe('availability-missing');
  });

  test('without it, it may be left out', () => {
    expect(new Pair(PLAIN).hear({ type: 'unchoke' })).toEqual([{ type: 'unchoke' }]);
  });

  test.each<readonly [string, Uint8Array, ViolationCode]>([
    ['spare bit', new Uint8Array([0xff, 0xf0]), 'bitfield-spare-bits'],
    ['too short', new Uint8Array(1), 'bitfield-length-wrong'],
    ['too long', new Uint8Array(3), 'bitfield-length-wrong'],
  ])('bitfield: %s', (_, wrong, code) => {
    expect(violation(new Pair().hearBytes({ type: 'bitfield', bits: wrong }))).toBe(code);
    expect(refusal(() => new Pair().say({ type: 'bitfield', bits: wrong }))).toBe(code);
  });
});

describe('what needs an agreement', () => {
  test.each<Message>([
    { type: 'suggest', piece: 0 },
    { type: 'have-all' },
    { type: 'have-none' },
    reject(0) as Message,
    { type: 'allowed-fast', piece: 0 },
  ])('fast: $type', (message) => {
    expect(violation(new Pair({}, PLAIN).hearBytes(message))).toBe('fast-not-negotiated');
    expect(refusal(() => new Pair({}, PLAIN).say(message))).toBe('fast-not-negotiated');
  });

  test('extended', () => {
    const message: Message = { type: 'extended', id: 0, payload: new Uint8Array([0x64, 0x65]) };
    const options = { offers: { extended: false } };
    expect(violation(new Pair({}, options).hearBytes(message))).toBe('extended-not-negotiated');
    expect(refusal(() => new Pair({}, options).say(message))).toBe('extended-not-negotiated');
  });

  test('hash messages and the DHT port without our offer are oddities', () => {
    const range = { piecesRoot: new Uint8Array(32), baseLayer: 0, index: 0, length: 2, proofLayers: 0 };
    const events = new Pair().hearBytes({ type: 'port', port: 1 }, { type: 'hash-request', ...range });
    expect(oddities(events)).toEqual(['port-unexpected', 'hash-message-unexpected']);
  });

  test('a hash range is a power of two, at a multiple of itself', () => {
    const hear = (index: number, length: number): ViolationCode | undefined => {
      const range = { piecesRoot: new Uint8Array(32), baseLayer: 0, index, length, proofLayers: 0 };
      return violation(new Pair({ offers: { v2: true, fast: false } }).hearBytes({ type: 'hash-request', ...range }));
    };
    expect(hear(8, 4)).toBeUndefined();
    expect(hear(512, 1)).toBeUndefined();
    expect(hear(0, 0x8000_0000)).toBeUndefined();
    for (const [index, length] of [
      [0, 0],
      [0, 3],
      [2, 4],
      [1, 2],
    ] as const) {
      expect(hear(index, length)).toBe('hash-range-invalid');
    }
  });
});

describe('numbers', () => {
  test.each<readonly [string, Message, ViolationCode]>([
    ['have 11 of 11', { type: 'have', piece: 11 }, 'piece-out-of-range'],
    ['have 2^32 − 1', { type: 'have', piece: 0xffff_ffff }, 'piece-out-of-range'],
    ['suggest', { type: 'suggest', piece: 11 }, 'piece-out-of-range'],
    ['allowed-fast', { type: 'allowed-fast', piece: 11 }, 'piece-out-of-range'],
    ['request of a piece too many', request(11), 'request-out-of-range'],
    ['request of nothing', request(0, 0, 0), 'request-out-of-range'],
    ['request across the end of its piece', request(0, 49_152 - BLOCK + 1), 'request-out-of-range'],
    ['request across the end of the torrent', request(10, 0, 5_001), 'request-out-of-range'],
    ['request whose end is 2^32', request(0, 0xffff_c000, BLOCK), 'request-out-of-range'],
    ['request of 16 KiB + 1', request(0, 0, BLOCK + 1), 'request-too-long'],
    ['request of 2^32 − 1', request(0, 0, 0xffff_ffff), 'request-too-long'],
    ['cancel beyond', cancel(11), 'request-out-of-range'],
    ['reject beyond', reject(11), 'request-out-of-range'],
    ['block of a piece too many', piece(11, 0, 1), 'block-out-of-range'],
    ['block across the end of its piece', piece(0, 49_152 - 1, 2), 'block-out-of-range'],
  ])('%s', (_, message, code) => {
    const pair = downloading(FAST);
    expect(violation(pair.hearBytes(message))).toBe(code);
    expect(pair.us.receive(encodeMessage({ type: 'keep-alive' }))).toEqual([]);
    const ours = new Pair(FAST);
    ours.say({ type: 'have-all' });
    expect(refusal(() => ours.say(message))).toBe(code);
  });

  test('the last byte of the torrent can be asked for', () => {
    const pair = downloading(FAST);
    expect(pair.say(request(10, 4_999, 1))).toEqual([request(10, 4_999, 1)]);
    expect(pair.hear(piece(10, 4_999, 1)).length).toBe(1);
  });

  test('claims from before the metadata are held against it afterwards', () => {
    const early = (...messages: readonly Message[]): ViolationCode | undefined => {
      const us = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(1) });
      const peer = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(2) });
      peer.receive(us.greet());
      us.receive(peer.greet());
      expect(violation(us.receive(concat(messages.map(encodeMessage))))).toBeUndefined();
      return violation(us.learnTorrent(TORRENT));
    };
    expect(
      early({ type: 'bitfield', bits: new Uint8Array([0xff, 0xe0]) }, { type: 'have', piece: 10 }),
    ).toBeUndefined();
    expect(early({ type: 'bitfield', bits: new Uint8Array([0xff, 0xe1]) })).toBe('bitfield-spare-bits');
    expect(early({ type: 'bitfield', bits: new Uint8Array(3) })).toBe('bitfield-length-wrong');
    expect(early({ type: 'have-none' }, { type: 'have', piece: 11 })).toBe('piece-out-of-range');
    expect(early({ type: 'have-none' }, { type: 'allowed-fast', piece: 11 })).toBe('piece-out-of-range');
  });

  test('before the metadata a request is an oddity and a piece index has a bound of its own', () => {
    const pair = new Pair({ torrent: undefined as never }, {});
    pair.hear({ type: 'have-none' });
    expect(oddities(pair.hearBytes(request(0)))).toEqual(['request-before-metadata']);
    expect(violation(pair.hearBytes({ type: 'have', piece: 0xffff_ffff }))).toBe('piece-out-of-range');
  });
});
