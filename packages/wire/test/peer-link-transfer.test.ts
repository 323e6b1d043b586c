import { type ExtensionMessage, encodeExtendedHandshake, LIMITS, type LinkOptions, type Message } from '@unchoke/wire';
import { describe, expect, test } from 'vitest';
import { concat } from './arbitraries.js';
import {
  BLOCK,
  cancel,
  downloading,
  FAST,
  oddities,
  Pair,
  PLAIN,
  piece,
  refusal,
  reject,
  request,
  violation,
} from './pair.js';

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
    expect(pair.us.local.isOutstanding({ piece: 5, begin: 1_000, length: 77 })).toBe(true);
    expect(pair.us.local.isOutstanding({ piece: 5, begin: 1_000, length: 78 })).toBe(false);
    pair.hear(piece(5, 1_000, 77), piece(0));
    expect(pair.us.local.isOutstanding({ piece: 5, begin: 1_000, length: 77 })).toBe(false);
    expect(pair.us.local.requestCount).toBe(1);
    expect(pair.peer.remote.requestCount).toBe(1);
  });

  test('a block behind the end of its piece is no answer to a request for the next piece', () => {
    const pair = downloading(options);
    pair.say(request(3), request(4, 1_000, 77));
    expect(violation(pair.hearBytes(piece(2, 49_152)))).toBe('block-out-of-range');
    expect(pair.us.local.outstanding()).toHaveLength(2);
    const other = downloading(options);
    other.say(request(4, 1_000, 77));
    expect(violation(other.hearBytes(piece(3, 49_152 + 1_000, 77)))).toBe('block-out-of-range');
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

  test('more may be kept for a peer than it is told of, not fewer', () => {
    for (const [kept, told, most] of [
      [3, 1, 3],
      [1, 3, 3],
      [undefined, 2, 2],
    ] as const) {
      const pair = downloading({ ...options, ...(kept === undefined ? {} : { requestQueue: kept }) });
      pair.say({ type: 'extended-handshake', handshake: { requestQueue: told } }, { type: 'unchoke' });
      pair.hear({ type: 'interested' });
      const events = pair.hearBytes(request(0), request(1), request(2), request(3));
      expect(pair.us.remote.requestCount).toBe(most);
      expect(oddities(events)).toEqual(Array(4 - most).fill('request-over-queue'));
    }
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
    const over = Array(200 - 64).fill('allowed-fast-over-limit');
    expect(oddities(pair.hearBytes(...flood))).toEqual(over);
    expect(oddities(pair.hearBytes(...flood))).toEqual(over);
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
    plain.peer.drop({ piece: 0, begin: 0, length: BLOCK - 1 });
    expect(plain.peer.remote.requestCount).toBe(1);
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

  test('a link forgives a few broken payloads, and ends in the middle of a flood of them', () => {
    const pair = extended(FAST);
    const broken = { type: 'extended', id: 0, payload: new Uint8Array([0x6c, 0x65]) } as const;
    const fine = { type: 'extended', id: 3, payload: new Uint8Array([0, 0, 0, 1]) } as const;
    for (let count = 0; count < LIMITS.malformedPayloadsMax; count++) {
      expect(oddities(pair.hearBytes(broken))).toEqual(['extension-malformed']);
      expect(pair.hearBytes(fine)).toHaveLength(1);
    }
    const events = pair.hearBytes(...Array.from({ length: 1_000 }, () => broken), fine);
    expect(events).toHaveLength(1);
    expect(violation(events)).toBe('payload-malformed');
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

test('where a piece in the middle is short, requests and blocks end with it', () => {
  const shape = {
    totalLength: 4 * 32_768,
    pieceLength: 32_768,
    lengthOf: (index: number) => (index === 1 ? 100 : 32_768),
  };
  const pair = downloading({ ...FAST, torrent: shape });
  pair.say(request(1, 0, 100), request(2));
  expect(refusal(() => pair.say(request(1, 1, 100)))).toBe('request-out-of-range');
  pair.hear(piece(1, 0, 100));
  expect(violation(pair.hearBytes(piece(1, 0, 101)))).toBe('block-out-of-range');
});

describe('where requests may go into the padding behind a file (libtorrent before 2.0.13, version 2 alone)', () => {
  const shape = {
    totalLength: 32_768 + 100,
    pieceLength: 32_768,
    lengthOf: (index: number) => (index === 0 ? BLOCK + 1 : 100),
    paddedLengthOf: () => 32_768,
  };

  test('its first byte is one of the file, its last one in the piece, and the answer is as long', () => {
    const pair = downloading({ ...FAST, torrent: shape });
    expect(pair.say(request(0, BLOCK, BLOCK))).toHaveLength(1);
    expect(pair.hear(piece(0, BLOCK, BLOCK))).toHaveLength(1);
    expect(pair.say(request(1, 0, BLOCK), { type: 'cancel', piece: 1, begin: 0, length: BLOCK })).toHaveLength(2);
    expect(pair.hear({ type: 'reject', piece: 1, begin: 0, length: BLOCK })).toHaveLength(1);
  });

  test.each([
    ['no byte of the file', request(0, BLOCK + 1, 1)],
    ['beyond the piece', request(0, BLOCK, BLOCK + 1)],
    ['beyond the last piece', request(1, 99, 32_768 - 98)],
    ['another piece', request(2, 0, 1)],
  ])('%s is a violation', (_, message) => {
    const pair = downloading({ ...FAST, torrent: shape, blockBytesMax: 32_768 });
    expect(refusal(() => pair.say(message))).toBe('request-out-of-range');
  });

  test('a block that nobody asked for ends with the file', () => {
    const pair = downloading({ ...FAST, torrent: shape });
    expect(violation(pair.hearBytes(piece(1, 0, 101)))).toBe('block-out-of-range');
  });
});
