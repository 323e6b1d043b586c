import {
  encodeDontHave,
  encodeExtendedHandshake,
  encodeHolepunchMessage,
  encodeMetadataMessage,
  encodePexMessage,
  encodeUploadOnly,
  LIMITS,
  LocalProtocolError,
  type MetadataMessage,
  type PexPeer,
  parseDontHave,
  parseExtendedHandshake,
  parseHolepunchMessage,
  parseMetadataMessage,
  parsePexMessage,
  parseUploadOnly,
  RemoteProtocolError,
} from '@unchoke/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const text = (payload: Uint8Array): string => String.fromCharCode(...payload);

function malformed(parse: () => unknown): boolean {
  try {
    parse();
  } catch (error) {
    return RemoteProtocolError.isInstance(error) && error.code === 'payload-malformed';
  }
  return false;
}

function refused(command: () => unknown): boolean {
  try {
    command();
  } catch (error) {
    return LocalProtocolError.isInstance(error) && error.code === 'bad-argument';
  }
  return false;
}

describe('extended handshake (BEP 10)', () => {
  test('the example of BEP 9, and the way back', () => {
    const handshake = { extensions: new Map([['ut_metadata', 3]]), metadataSize: 31_235 };
    expect(text(encodeExtendedHandshake(handshake))).toBe('d1:md11:ut_metadatai3ee13:metadata_sizei31235ee');
    expect(parseExtendedHandshake(encodeExtendedHandshake(handshake))).toEqual({ ...handshake, ignored: [] });
  });

  test('every field', () => {
    const handshake = {
      extensions: new Map([
        ['ut_pex', 1],
        ['x', 0],
      ]),
      client: 'Ünchoke 1',
      port: 6881,
      requestQueue: 500,
      yourIp: new Uint8Array([192, 0, 2, 1]),
      ipv4: new Uint8Array(4),
      ipv6: new Uint8Array(16),
      metadataSize: 1,
      uploadOnly: true,
    };
    expect(parseExtendedHandshake(encodeExtendedHandshake(handshake))).toEqual({ ...handshake, ignored: [] });
  });

  test.each<readonly [string, string, readonly string[]]>([
    ['nothing', 'de', []],
    ['unknown names are no news', 'd1:ei1e3:foo3:bare', []],
    ['m that is a list', 'd1:mlee', ['m']],
    ['ids beyond a byte, negative, of another type', 'd1:md1:ai256e1:bi-1e1:c1:x1:di7eee', ['m']],
    ['two extensions with one id', 'd1:md1:ai7e1:bi7eee', ['m']],
    ['a port that is none', 'd1:pi65536ee', ['p']],
    ['port 0', 'd1:pi0ee', ['p']],
    ['reqq 0', 'd4:reqqi0ee', ['reqq']],
    ['reqq beyond 2^53', 'd4:reqqi99999999999999999999ee', ['reqq']],
    ['metadata_size 0', 'd13:metadata_sizei0ee', ['metadata_size']],
    ['metadata_size negative', 'd13:metadata_sizei-1ee', ['metadata_size']],
    ['metadata_size 2 GB', 'd13:metadata_sizei2147483648ee', ['metadata_size']],
    ['metadata_size 2^63', 'd13:metadata_sizei9223372036854775808ee', ['metadata_size']],
    ['yourip of 5 bytes', 'd6:yourip5:abcdee', ['yourip']],
    ['ipv4 of 16 bytes', 'd4:ipv416:aaaaaaaaaaaaaaaae', ['ipv4']],
    ['ipv6 that is a number', 'd4:ipv6i1ee', ['ipv6']],
    ['v that is a number', 'd1:vi1ee', ['v']],
    ['keys out of order', 'd1:v1:x1:mdee', []],
  ])('a bad field is ignored by itself: %s', (_, payload, ignored) => {
    expect(parseExtendedHandshake(bytes(payload)).ignored).toEqual(ignored);
  });

  test('the first of two extensions keeps the id', () => {
    const { extensions } = parseExtendedHandshake(bytes('d1:md1:ai7e1:bi7e1:ci0e1:di0eee'));
    expect(extensions).toEqual(
      new Map([
        ['a', 7],
        ['c', 0],
        ['d', 0],
      ]),
    );
  });

  test('bounds: names, their number, and what a client calls itself', () => {
    const many = Array.from({ length: 100 }, (_, index) => `3:${String(index).padStart(3, '0')}i${index + 1}e`).join(
      '',
    );
    expect(parseExtendedHandshake(bytes(`d1:md${many}ee`)).extensions?.size).toBe(LIMITS.extensionCountMax);
    expect(parseExtendedHandshake(bytes(`d1:md65:${'a'.repeat(65)}i1eee`)).extensions?.size).toBe(0);
    expect(parseExtendedHandshake(bytes(`d1:v1000:${'a'.repeat(1000)}e`)).client?.length).toBe(128);
    expect(parseExtendedHandshake(bytes('d1:v2:\xff\xfee')).client).toBe('\ufffd\ufffd');
  });

  test.each([
    ['empty', ''],
    ['a list', 'le'],
    ['cut', 'd1:m'],
    ['trailing bytes', 'dee'],
    ['a bomb', 'l'.repeat(10_000)],
    ['a bomb in a field', `d1:m${'l'.repeat(5_000)}${'e'.repeat(5_000)}e`],
    ['the same key twice', 'd1:pi1e1:pi2ee'],
    ['many values', `d1:xl${'i1e'.repeat(2_000)}ee`],
  ])('what is no dictionary is malformed: %s', (_, payload) => {
    expect(malformed(() => parseExtendedHandshake(bytes(payload)))).toBe(true);
  });

  test('`__proto__` is a name like any other', () => {
    const { extensions } = parseExtendedHandshake(bytes('d1:md9:__proto__i5eee'));
    expect(extensions).toEqual(new Map([['__proto__', 5]]));
    expect(text(encodeExtendedHandshake({ extensions: extensions! }))).toBe('d1:md9:__proto__i5eee');
  });

  test('ours cannot have a field that a peer would ignore', () => {
    for (const handshake of [
      { port: 0 },
      { requestQueue: 0 },
      { metadataSize: 2 ** 40 },
      { yourIp: new Uint8Array(5) },
    ]) {
      expect(refused(() => encodeExtendedHandshake(handshake))).toBe(true);
    }
    expect(refused(() => encodeExtendedHandshake({ extensions: new Map([['a', 256]]) }))).toBe(true);
  });
});

describe('ut_metadata (BEP 9)', () => {
  test.each<readonly [string, MetadataMessage]>([
    ['d8:msg_typei0e5:piecei0ee', { kind: 'request', part: 0 }],
    ['d8:msg_typei2e5:piecei0ee', { kind: 'reject', part: 0 }],
    [
      'd8:msg_typei1e5:piecei0e10:total_sizei34256eexxxxxxxx',
      { kind: 'data', part: 0, totalLength: 34_256, bytes: bytes('xxxxxxxx') },
    ],
    ['d8:msg_typei1e5:piecei3eexx', { kind: 'data', part: 3, totalLength: undefined, bytes: bytes('xx') }],
    ['d8:msg_typei77ee', { kind: 'unknown', messageType: 77 }],
  ])('%s', (payload, message) => {
    expect(parseMetadataMessage(bytes(payload))).toEqual(message);
    expect(text(encodeMetadataMessage(message))).toBe(payload);
  });

  test.each([
    '',
    'le',
    'd5:piecei0ee',
    'd8:msg_typei0ee',
    'd8:msg_typei0e5:piecei-1ee',
    'd8:msg_typei0e5:piecei0eex',
    'd8:msg_type1:05:piecei0ee',
    'd8:msg_typei1e5:piecei0e10:total_sizei-1ee',
    `d8:msg_typei1e5:piecei0ee${'x'.repeat(16_385)}`,
    'd8:msg_typei0e5:piecei9007199254740992ee',
  ])('malformed: %.60s', (payload) => {
    expect(malformed(() => parseMetadataMessage(bytes(payload)))).toBe(true);
  });

  test('a part is 16 KiB at most, and has a number', () => {
    expect(
      refused(() => encodeMetadataMessage({ kind: 'data', part: 0, totalLength: 1, bytes: new Uint8Array(16_385) })),
    ).toBe(true);
    expect(refused(() => encodeMetadataMessage({ kind: 'request', part: -1 }))).toBe(true);
  });
});

describe('ut_pex (BEP 11)', () => {
  const v4 = fc
    .tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.nat(255))
    .map((parts) => parts.join('.'));
  const port = fc.integer({ min: 1, max: 65_535 });

  test('what is written is read', () => {
    const peers = fc.uniqueArray(fc.record<PexPeer>({ host: v4, port, flags: fc.nat(31) }), {
      selector: (peer) => `${peer.host}:${peer.port}`,
      maxLength: 60,
    });
    fc.assert(
      fc.property(peers, peers, (added, others) => {
        const dropped = others.map((peer) => ({ host: peer.host, port: peer.port }));
        expect(parsePexMessage(encodePexMessage({ added, dropped }))).toEqual({ added, dropped, ignoredCount: 0 });
      }),
    );
  });

  test.each([
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['::1', '00000000000000000000000000000001'],
    ['fe80::', 'fe800000000000000000000000000000'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1::3:0:0:6:0', '00010000000000030000000000060000'],
    ['1:0:3:0:5:6:7:0', '00010000000300000005000600070000'],
  ])('IPv6 as RFC 5952 writes it: %s', (host, hex) => {
    const added = [{ host, port: 1, flags: 3 }];
    const payload = encodePexMessage({ added, dropped: [] });
    expect(Buffer.from(payload).toString('hex')).toContain(hex);
    expect(parsePexMessage(payload).added).toEqual(added);
  });

  test('what no peer can have is left out and counted', () => {
    const contact = (...numbers: number[]): string => String.fromCharCode(...numbers);
    const good = contact(192, 0, 2, 1, 26, 225);
    const added = [
      good,
      contact(192, 0, 2, 1, 0, 0),
      contact(0, 0, 0, 0, 1, 1),
      contact(224, 0, 0, 1, 1, 1),
      contact(255, 255, 255, 255, 1, 1),
      good,
      'abc',
    ].join('');
    const message = parsePexMessage(bytes(`d5:added${added.length}:${added}7:added.f1:\x12e`));
    expect(message).toEqual({ added: [{ host: '192.0.2.1', port: 6881, flags: 0x12 }], dropped: [], ignoredCount: 6 });
    const added6 = `${'\x00'.repeat(16)}\x00\x01\xff${'\x01'.repeat(15)}\x00\x01`;
    expect(parsePexMessage(bytes(`d6:added636:${added6}e`))).toEqual({ added: [], dropped: [], ignoredCount: 2 });
  });

  test('a flood is cut at the bound', () => {
    const payload = new Uint8Array(6 * 5_000);
    for (let index = 0; index < 5_000; index++) payload.set([10, 0, index >>> 8, index & 255, 1, 1], 6 * index);
    const message = parsePexMessage(bytes(`d5:added30000:${text(payload.subarray(0, 30_000))}e`));
    expect([message.added.length, message.ignoredCount]).toEqual([200, 4_800]);
  });

  test.each(['', 'le', 'd5:addedi1ee', 'd5:addedlee', 'd7:dropped6', 'd5:added6:abcdef7:added.fi1ee'])(
    'malformed: %s',
    (payload) => {
      expect(malformed(() => parsePexMessage(bytes(payload)))).toBe(true);
    },
  );

  test.each([
    ['example.org', 1],
    ['1.2.3', 1],
    ['1.2.3.256', 1],
    ['1.2.3.04', 1],
    ['1:2', 1],
    ['1::2::3', 1],
    ['1:2:3:4:5:6:7:8::', 1],
    ['fe80::1%eth0', 1],
    ['1.2.3.4', 0],
    ['1.2.3.4', 65_536],
  ])('no address: %s port %i', (host, number) => {
    expect(refused(() => encodePexMessage({ added: [{ host, port: number, flags: 0 }], dropped: [] }))).toBe(true);
  });

  test('more than a peer reads is not sent', () => {
    const added = Array.from({ length: 201 }, (_, index) => ({ host: '192.0.2.1', port: index + 1, flags: 0 }));
    expect(refused(() => encodePexMessage({ added, dropped: [] }))).toBe(true);
  });
});

describe('small ones', () => {
  test('lt_donthave (BEP 54)', () => {
    expect(parseDontHave(encodeDontHave(0xffff_ffff))).toBe(0xffff_ffff);
    for (const length of [0, 3, 5]) expect(malformed(() => parseDontHave(new Uint8Array(length)))).toBe(true);
    expect(refused(() => encodeDontHave(-1))).toBe(true);
  });

  test('upload_only (BEP 21)', () => {
    for (const value of [true, false]) expect(parseUploadOnly(encodeUploadOnly(value))).toBe(value);
    expect(['\x00', '\x01', '0', '1', 'i0e', 'i1e'].map((payload) => parseUploadOnly(bytes(payload)))).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
    for (const payload of ['', 'xx', 'le']) expect(malformed(() => parseUploadOnly(bytes(payload)))).toBe(true);
  });

  test.each([
    ['00 00 c0000201 1ae1 00000000', { kind: 'rendezvous', host: '192.0.2.1', port: 6881 }],
    ['01 01 20010db8000000000000000000000001 1ae1 00000000', { kind: 'connect', host: '2001:db8::1', port: 6881 }],
    ['02 00 c0000201 1ae1 00000002', { kind: 'error', host: '192.0.2.1', port: 6881, errorCode: 2 }],
  ] as const)('ut_holepunch (BEP 55): %s', (hex, message) => {
    const payload = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    expect(parseHolepunchMessage(payload)).toEqual(message);
    expect(Buffer.from(encodeHolepunchMessage(message)).toString('hex')).toBe(payload.toString('hex'));
  });

  test('ut_holepunch: a short form, and what is malformed', () => {
    expect(parseHolepunchMessage(new Uint8Array([1, 0, 192, 0, 2, 1, 26, 225]))).toEqual({
      kind: 'connect',
      host: '192.0.2.1',
      port: 6881,
    });
    for (const head of [
      [3, 0],
      [0, 2],
      [2, 0],
    ]) {
      expect(malformed(() => parseHolepunchMessage(new Uint8Array([...head, 192, 0, 2, 1, 26, 225])))).toBe(true);
    }
    for (const length of [0, 1, 7, 9, 11, 13, 23])
      expect(malformed(() => parseHolepunchMessage(new Uint8Array(length)))).toBe(true);
    expect(refused(() => encodeHolepunchMessage({ kind: 'connect', host: 'x', port: 1 }))).toBe(true);
  });
});
