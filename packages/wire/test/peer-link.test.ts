import {
  type ExtensionMessage,
  encodeExtendedHandshake,
  encodeMessage,
  type LinkEvent,
  type LinkOptions,
  LocalProtocolError,
  type Message,
  PeerLink,
  type ViolationCode,
} from '@unchoke/wire';
import { describe, expect, test } from 'vitest';
import { concat } from './arbitraries.js';

const INFO_HASH = new Uint8Array(20).fill(0xaa);
/** Eleven pieces of 48 KiB, the last of 5,000 bytes. */
const TORRENT = { totalLength: 10 * 49_152 + 5_000, pieceLength: 49_152 };
const BLOCK = 16_384;

/** Two links that have greeted each other, and the means to say things between them. */
class Pair {
  readonly us: PeerLink;
  readonly peer: PeerLink;

  constructor(ours: Partial<LinkOptions> = {}, theirs: Partial<LinkOptions> = ours) {
    this.us = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(1), torrent: TORRENT, ...ours });
    this.peer = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(2), torrent: TORRENT, ...theirs });
    this.peer.receive(this.us.greet());
    this.us.receive(this.peer.greet());
  }

  /** The peer says it, and what that is for us. */
  hear(...messages: readonly (Message | ExtensionMessage)[]): readonly LinkEvent[] {
    return messages.flatMap((message) => this.us.receive(this.peer.send(message)));
  }

  say(...messages: readonly (Message | ExtensionMessage)[]): readonly LinkEvent[] {
    return messages.flatMap((message) => this.peer.receive(this.us.send(message)));
  }

  /** Bytes that no `PeerLink` would send. */
  hearBytes(...messages: readonly Message[]): readonly LinkEvent[] {
    return this.us.receive(concat(messages.map(encodeMessage)));
  }
}

const FAST = {};
const PLAIN = { offers: { fast: false } };
const request = (piece: number, begin = 0, length = BLOCK): Message => ({ type: 'request', piece, begin, length });
const cancel = (piece: number, begin = 0, length = BLOCK): Message => ({ type: 'cancel', piece, begin, length });
const reject = (piece: number, begin = 0, length = BLOCK): Message => ({ type: 'reject', piece, begin, length });
const piece = (index: number, begin = 0, length = BLOCK): Message => {
  return { type: 'piece', piece: index, begin, block: new Uint8Array(length) };
};

/** A pair in which we may request from the peer. */
function downloading(options: Partial<LinkOptions>): Pair {
  const pair = new Pair(options);
  if (pair.us.isFast) {
    pair.hear({ type: 'have-all' });
    pair.say({ type: 'have-none' });
  }
  pair.hear({ type: 'unchoke' });
  pair.say({ type: 'interested' });
  return pair;
}

function violation(events: readonly LinkEvent[]): ViolationCode | undefined {
  const last = events.at(-1);
  return last?.type === 'protocol-violated' ? last.error.code : undefined;
}

function oddities(events: readonly LinkEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'oddity-noticed' ? [event.oddity] : []));
}

function refusal(command: () => unknown): string {
  try {
    command();
  } catch (error) {
    if (LocalProtocolError.isInstance(error)) return error.code;
    throw error;
  }
  return 'none';
}

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
  ])('what a peer has is said first and once: %s', (_, first, second) => {
    expect(violation(new Pair().hearBytes(first, second))).toBe('availability-not-first');
    expect(refusal(() => new Pair().say(first, second))).toMatch(/availability/);
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

  test('a hash range is a power of two of at least two, at a multiple of itself', () => {
    const hear = (index: number, length: number): ViolationCode | undefined => {
      const range = { piecesRoot: new Uint8Array(32), baseLayer: 0, index, length, proofLayers: 0 };
      return violation(new Pair({ offers: { v2: true, fast: false } }).hearBytes({ type: 'hash-request', ...range }));
    };
    expect(hear(8, 4)).toBeUndefined();
    expect(hear(0, 0x8000_0000)).toBeUndefined();
    for (const [index, length] of [
      [0, 0],
      [0, 1],
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

describe.each([
  ['with the fast extension', FAST],
  ['without', PLAIN],
])('requests, %s', (_, options) => {
  test('an answer settles its request', () => {
    const pair = downloading(options);
    pair.say(request(0), request(0, BLOCK), request(5, 1_000, 77));
    expect(pair.us.local.outstanding()).toEqual(pair.peer.remote.outstanding());
    expect(pair.us.local.outstanding()).toEqual([
      { piece: 0, begin: 0, length: BLOCK },
      { piece: 0, begin: BLOCK, length: BLOCK },
      { piece: 5, begin: 1_000, length: 77 },
    ]);
    pair.hear(piece(5, 1_000, 77), piece(0));
    expect(pair.us.local.requestCount).toBe(1);
    expect(pair.peer.remote.requestCount).toBe(1);
  });

  test('we may not ask while choked, without interest, twice, or beyond the queue', () => {
    const pair = new Pair(options);
    if (pair.us.isFast) pair.say({ type: 'have-none' });
    expect(refusal(() => pair.say(request(0)))).toBe('request-while-not-interested');
    pair.say({ type: 'interested' });
    expect(refusal(() => pair.say(request(0)))).toBe('request-while-choked');
    if (pair.us.isFast) pair.hear({ type: 'have-all' });
    pair.hear({ type: 'unchoke' }, { type: 'extended-handshake', handshake: { requestQueue: 2 } });
    expect(pair.us.requestRoom).toBe(2);
    pair.say(request(0), request(1));
    expect(refusal(() => pair.say(request(1)))).toBe('request-repeated');
    expect(refusal(() => pair.say(request(2)))).toBe('request-over-queue');
    expect(pair.us.requestRoom).toBe(0);
  });

  test('the same from a peer are oddities', () => {
    const pair = downloading({ ...options, requestQueue: 2 });
    pair.say({ type: 'extended-handshake', handshake: {} });
    expect(oddities(pair.hearBytes(request(0)))).toEqual(['request-while-not-interested']);
    pair.hear({ type: 'interested' });
    expect(oddities(pair.hearBytes(request(0)))).toEqual(['request-while-choked']);
    pair.say({ type: 'unchoke' });
    const events = pair.hearBytes(request(0), request(0), request(1), request(2));
    expect(oddities(events)).toEqual(['request-repeated', 'request-over-queue']);
    expect(pair.us.remote.requestCount).toBe(2);
  });

  test('flags that change nothing are oddities; ours are refused', () => {
    const pair = downloading(options);
    expect(oddities(pair.hearBytes({ type: 'unchoke' }, { type: 'not-interested' }))).toEqual([
      'flag-repeated',
      'flag-repeated',
    ]);
    expect(refusal(() => pair.say({ type: 'interested' }))).toBe('flag-repeated');
    expect(refusal(() => pair.say({ type: 'choke' }))).toBe('flag-repeated');
  });

  test('we may not answer what was not asked, nor cancel what we did not ask', () => {
    const pair = downloading(options);
    expect(refusal(() => pair.say(piece(0)))).toBe(pair.us.isFast ? 'piece-unrequested' : 'piece-unexpected');
    expect(refusal(() => pair.say(cancel(0)))).toBe('cancel-unmatched');
    expect(oddities(pair.hearBytes(cancel(0)))).toEqual(['cancel-unmatched']);
  });
});

describe('what the fast extension changes (BEP 6)', () => {
  test('choke: without it all requests are void, with it each waits for its answer', () => {
    const plain = downloading(PLAIN);
    plain.say(request(0), request(1));
    const [, dropped] = plain.hear({ type: 'choke' });
    expect(dropped).toEqual({
      type: 'requests-dropped',
      requests: [
        { piece: 0, begin: 0, length: BLOCK },
        { piece: 1, begin: 0, length: BLOCK },
      ],
    });
    expect([plain.us.local.requestCount, plain.peer.remote.requestCount]).toEqual([0, 0]);

    const fast = downloading(FAST);
    fast.say(request(0), request(1));
    expect(fast.hear({ type: 'choke' })).toEqual([{ type: 'choke' }]);
    expect(fast.us.local.requestCount).toBe(2);
    fast.hear(reject(0), piece(1));
    expect([fast.us.local.requestCount, fast.peer.remote.requestCount]).toEqual([0, 0]);
  });

  test('cancel: without it the request is gone, with it it is still answered once', () => {
    const plain = downloading(PLAIN);
    plain.say(request(0));
    const late = plain.peer.send(piece(0));
    plain.say(request(1));
    plain.us.send(cancel(0));
    expect(oddities(plain.us.receive(late))).toEqual(['piece-unexpected']);

    const fast = downloading(FAST);
    fast.say(request(0), cancel(0));
    expect(fast.us.local.requestCount).toBe(1);
    expect(fast.hear(piece(0))[0]?.type).toBe('piece');
    expect(refusal(() => fast.hear(reject(0)))).toBe('reject-unrequested');
    expect(violation(fast.hearBytes(reject(0)))).toBe('reject-unrequested');
  });

  test('a block nobody asked for, answered before, or of another length: only with it is that provable', () => {
    for (const [options, code, oddity] of [
      [FAST, 'piece-unrequested', []],
      [PLAIN, undefined, ['piece-unexpected']],
    ] as const) {
      for (const [asked, got] of [
        [[], [piece(3)]],
        [[request(0)], [piece(0), piece(0)]],
        [[request(0)], [piece(0, 0, 100)]],
        [[request(0)], [piece(0, 1)]],
      ] as const) {
        const pair = downloading(options);
        pair.say(...asked);
        const events = pair.hearBytes(...got);
        expect(violation(events)).toBe(code);
        expect(oddities(events)).toEqual(oddity);
      }
    }
  });

  test('allowed-fast pieces may be asked for while choked', () => {
    const pair = new Pair();
    pair.hear({ type: 'have-all' }, { type: 'allowed-fast', piece: 4 });
    pair.say({ type: 'have-none' }, { type: 'interested' });
    expect(pair.us.remote.allowsFast(4)).toBe(true);
    expect(pair.say(request(4))).toEqual([request(4)]);
    expect(refusal(() => pair.say(request(5)))).toBe('request-while-choked');
  });

  test('allowed-fast pieces are remembered up to a bound', () => {
    const pair = new Pair({ torrent: { totalLength: 1000, pieceLength: 1 } });
    pair.hear({ type: 'have-all' });
    const flood = Array.from({ length: 200 }, (_, index): Message => ({ type: 'allowed-fast', piece: index }));
    expect(oddities(pair.hearBytes(...flood)).length).toBe(200 - 64);
    expect(oddities(pair.hearBytes(...flood)).length).toBe(200 - 64);
  });

  test('a request that crossed our choke is rejected once, and not twice', () => {
    const pair = downloading(FAST);
    const late = pair.us.send(request(0));
    pair.peer.send({ type: 'choke' });
    expect(oddities(pair.peer.receive(late))).toEqual(['request-while-choked']);
    expect(pair.us.receive(pair.peer.send(reject(0)))).toEqual([reject(0)]);
    expect(refusal(() => pair.peer.send(reject(0)))).toBe('reject-unrequested');
  });

  test('a request can be dropped in silence only without it', () => {
    const plain = downloading(PLAIN);
    plain.say(request(0));
    plain.peer.drop({ piece: 0, begin: 0, length: BLOCK });
    expect(plain.peer.remote.requestCount).toBe(0);
    expect(refusal(() => downloading(FAST).us.drop({ piece: 0, begin: 0, length: BLOCK }))).toBe('must-reject');
  });
});

describe('extensions', () => {
  /** A pair in which both have sent their extended handshake. */
  function extended(options: Partial<LinkOptions>): Pair {
    const pair = downloading(options);
    pair.hear({ type: 'extended-handshake', handshake: { metadataSize: 31_235, client: 'Peer 1' } });
    pair.say({ type: 'extended-handshake', handshake: {} });
    return pair;
  }

  test('handshake, messages by name, and everything read', () => {
    const pair = extended(FAST);
    expect(pair.us.remote.extensions).toEqual(pair.us.local.extensions);
    expect(pair.us.remote.requestQueue).toBe(250);
    const messages: readonly ExtensionMessage[] = [
      { type: 'metadata', message: { kind: 'request', part: 1 } },
      { type: 'pex', message: { added: [{ host: '192.0.2.1', port: 1, flags: 2 }], dropped: [] } },
      { type: 'dont-have', piece: 4 },
      { type: 'upload-only', uploadOnly: true },
      { type: 'holepunch', message: { kind: 'rendezvous', host: '::1', port: 9 } },
    ];
    expect(pair.hear(...messages)).toMatchObject(messages);
  });

  test('an extension of your own', () => {
    const extensions = [{ name: 'xx_ping', id: 9, payloadBytesMax: 4 }];
    const pair = extended({ extensions });
    const message: ExtensionMessage = { type: 'extension', name: 'xx_ping', payload: new Uint8Array([1, 2]) };
    expect(pair.hear(message)).toEqual([message]);
    const tooLong: Message = { type: 'extended', id: 9, payload: new Uint8Array(5) };
    expect(violation(pair.hearBytes(tooLong))).toBe('frame-too-long');
  });

  test('ids are given once, from 1 to 255', () => {
    for (const ids of [[0], [256], [1.5], [3, 3]]) {
      const extensions = ids.map((id) => ({ name: `x${id}`, id, payloadBytesMax: 1 }));
      expect(refusal(() => new Pair({ extensions }))).toBe('bad-argument');
    }
  });

  test('what the peer has not named, or has taken back, cannot be sent to it', () => {
    const pair = extended(FAST);
    pair.hear({ type: 'extended-handshake', handshake: { extensions: new Map([['ut_pex', 0]]) } });
    expect(refusal(() => pair.say({ type: 'pex', message: { added: [], dropped: [] } }))).toBe('extension-not-offered');
    expect(pair.say({ type: 'dont-have', piece: 1 }).length).toBe(1);
  });

  test('our handshake can only name what the link reads', () => {
    const command = (): unknown => {
      return new Pair().us.send({ type: 'extended-handshake', handshake: { extensions: new Map([['ut_pex', 77]]) } });
    };
    expect(refusal(command)).toBe('bad-argument');
  });

  test('unknown ids and broken payloads are oddities', () => {
    const pair = extended(FAST);
    const events = pair.hearBytes(
      { type: 'extended', id: 200, payload: new Uint8Array(3) },
      { type: 'extended', id: 0, payload: new Uint8Array([0x6c, 0x65]) },
      { type: 'extended', id: 1, payload: new Uint8Array(50).fill(0x6c) },
      { type: 'extended', id: 3, payload: new Uint8Array(3) },
    );
    expect(oddities(events)).toEqual([
      'extension-unknown',
      'extension-malformed',
      'extension-malformed',
      'extension-malformed',
    ]);
  });

  test('lt_donthave voids requests without the fast extension only (BEP 54)', () => {
    const plain = extended(PLAIN);
    plain.say(request(4), request(5));
    const [, dropped] = plain.hear({ type: 'dont-have', piece: 4 });
    expect(dropped).toEqual({ type: 'requests-dropped', requests: [{ piece: 4, begin: 0, length: BLOCK }] });
    expect([plain.us.local.requestCount, plain.peer.remote.requestCount]).toEqual([1, 1]);

    const fast = extended(FAST);
    fast.say(request(4));
    expect(fast.hear({ type: 'dont-have', piece: 4 }).length).toBe(1);
    expect(fast.us.local.requestCount).toBe(1);
  });

  test('lt_donthave of a piece that is not there', () => {
    const payload = new Uint8Array([0, 0, 0, 11]);
    expect(violation(extended(FAST).hearBytes({ type: 'extended', id: 3, payload }))).toBe('piece-out-of-range');
    expect(refusal(() => extended(FAST).say({ type: 'dont-have', piece: 11 }))).toBe('piece-out-of-range');
  });

  test('names and queues from a hostile handshake are bounded', () => {
    const pair = extended(FAST);
    for (let round = 0; round < 10; round++) {
      const extensions = new Map(Array.from({ length: 60 }, (_, index) => [`x${round}.${index}`, index + 1]));
      pair.hearBytes({
        type: 'extended',
        id: 0,
        payload: encodeExtendedHandshake({ extensions, requestQueue: 2 ** 40 }),
      });
    }
    expect(pair.us.remote.extensions.size).toBe(64);
    expect(pair.us.remote.requestQueue).toBe(2000);
  });
});

describe('commands', () => {
  test('hot messages go into a buffer of ours', () => {
    const pair = downloading(FAST);
    const buffer = new Uint8Array(60);
    let end = pair.us.sendInto({ type: 'request', piece: 1, begin: 0, length: BLOCK }, buffer, 0);
    end = pair.us.sendInto({ type: 'have', piece: 2 }, buffer, end);
    end = pair.us.sendInto({ type: 'cancel', piece: 1, begin: 0, length: BLOCK }, buffer, end);
    expect(end).toBe(17 + 9 + 17);
    expect(pair.peer.receive(buffer.subarray(0, end)).map(({ type }) => type)).toEqual(['request', 'have', 'cancel']);
    const header = new Uint8Array(13);
    const block = new Uint8Array(BLOCK).fill(5);
    expect(pair.peer.sendInto({ type: 'piece', piece: 1, begin: 0, block }, header, 0)).toBe(13);
    expect(pair.us.receive(concat([header, block]))).toEqual([{ type: 'piece', piece: 1, begin: 0, block }]);
  });

  test('a command that is refused changes nothing', () => {
    const pair = downloading(FAST);
    expect(
      refusal(() => pair.us.sendInto({ type: 'request', piece: 1, begin: 0, length: BLOCK }, new Uint8Array(16), 0)),
    ).toBe('bad-argument');
    expect(pair.us.local.requestCount).toBe(0);
    expect(pair.say(request(1)).length).toBe(1);
  });
});
