import { createHash } from 'node:crypto';
import {
  allowedFastSet,
  encodeHandshake,
  encodeReserved,
  HandshakeDecoder,
  identifyClient,
  LocalProtocolError,
  makePeerId,
  type Offers,
  parseReserved,
} from '@unchoke/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, cuts } from './arbitraries.js';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const twenty = fc.uint8Array({ minLength: 20, maxLength: 20 });

describe('handshake', () => {
  test('68 bytes, as BEP 3 lays them out', () => {
    const handshake = encodeHandshake({
      reserved: encodeReserved({ extended: true, fast: true, dht: true, v2: true }),
      infoHash: bytes('aaaaaaaaaaaaaaaaaaaa'),
      peerId: bytes('-UK0100-bbbbbbbbbbbb'),
    });
    const text = '\x13BitTorrent protocol\x00\x00\x00\x00\x00\x10\x00\x15aaaaaaaaaaaaaaaaaaaa-UK0100-bbbbbbbbbbbb';
    expect(handshake).toEqual(bytes(text));
  });

  test('what is written is read, in any cuts, and what follows is left alone', () => {
    const handshakes = fc.record({
      reserved: fc.uint8Array({ minLength: 8, maxLength: 8 }),
      infoHash: twenty,
      peerId: twenty,
    });
    fc.assert(
      fc.property(handshakes, fc.uint8Array({ maxLength: 9 }), cuts, (handshake, rest, sizes) => {
        const decoder = new HandshakeDecoder();
        let consumed = 0;
        for (const chunk of cut(new Uint8Array([...encodeHandshake(handshake), ...rest]), sizes)) {
          consumed += decoder.push(chunk);
          chunk.fill(0xee);
        }
        expect(consumed).toBe(68);
        expect(decoder.handshake).toEqual(handshake);
      }),
    );
  });

  test('offers have names; all other bits are ignored', () => {
    const offers = fc.record<Offers>({
      extended: fc.boolean(),
      fast: fc.boolean(),
      dht: fc.boolean(),
      v2: fc.boolean(),
    });
    fc.assert(
      fc.property(offers, fc.uint8Array({ minLength: 8, maxLength: 8 }), (offered, noise) => {
        const named = encodeReserved({ extended: true, fast: true, dht: true, v2: true });
        const reserved = encodeReserved(offered).map((byte, index) => byte | (noise[index]! & ~named[index]!));
        expect(parseReserved(reserved)).toEqual(offered);
      }),
    );
  });

  test.each(['reserved', 'infoHash', 'peerId'])('%s of another length cannot be written', (part) => {
    const parts = { reserved: new Uint8Array(8), infoHash: new Uint8Array(20), peerId: new Uint8Array(20) };
    let caught: unknown;
    try {
      encodeHandshake({ ...parts, [part]: new Uint8Array(19) });
    } catch (error) {
      caught = error;
    }
    expect(LocalProtocolError.isInstance(caught) && caught.code).toBe('bad-argument');
  });
});

describe('peer id', () => {
  test('ours', () => {
    const id = makePeerId('01a0', () => 61);
    expect(id).toEqual(bytes('-UK01a0-zzzzzzzzzzzz'));
    expect(identifyClient(id)).toEqual({ name: 'Unchoke', version: '0.1.36.0' });
    for (const version of ['1', '0.10', '01000'])
      expect(() => makePeerId(version, () => 0)).toThrow('four letters or digits');
  });

  test.each([
    ['-TR3000-abcdefghijkl', 'Transmission', '3.0.0.0'],
    ['-lt0D80-abcdefghijkl', 'libTorrent (rakshasa)', '0.13.8.0'],
    ['-LT2080-abcdefghijkl', 'libtorrent (Rasterbar)', '2.0.8.0'],
    ['-qB4630-abcdefghijkl', 'qBittorrent', '4.6.3.0'],
    ['-ZZ1234-abcdefghijkl', 'unknown (ZZ)', '1.2.3.4'],
    ['A2-1-36-0-abcdefghij', 'aria2', '1.36.0'],
    ['M4-3-6--abcdefghijkl', 'BitTorrent (mainline)', '4.3.6'],
    ['M4-20-8-abcdefghijkl', 'BitTorrent (mainline)', '4.20.8'],
    ['Q1-10-0-abcdefghijkl', 'Queen Bee', '1.10.0'],
    ['-ML2.7.2-kgjjfkdabcd', 'MLdonkey', '2.7.2'],
    ['-BOWA0C-ABCDEFGHIJKL', 'Bits on Wheels', 'A0C'],
    ['XBT054d-abcdefghijkl', 'XBT Client', '0.5.4'],
    ['exbc\x00\x38abcdefghijklmn', 'BitComet', '0.56'],
    ['exbc\x01\x02LORDabcdefghij', 'BitLord', '1.02'],
    ['S58B-----abcdefghijk', 'Shadow’s client', '5.8.11'],
    ['T03F-----abcdefghijk', 'BitTornado', '0.3.15'],
  ])('%s is %s %s', (id, name, version) => {
    expect(identifyClient(bytes(id))).toEqual({ name, version });
  });

  test('anything else is nobody, and nothing throws', () => {
    for (const id of ['', 'abc', '\x00'.repeat(20), '--------------------', '-A'])
      expect(identifyClient(bytes(id))).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 30 }), (id) => void identifyClient(id)));
  });
});

describe('allowed-fast set (BEP 6)', () => {
  const sha1 = (data: Uint8Array): Uint8Array => createHash('sha1').update(data).digest();
  const spec = { infoHash: new Uint8Array(20).fill(0xaa), ip: new Uint8Array([80, 4, 4, 200]), pieceCount: 1313 };

  test('the examples of the BEP', () => {
    expect(allowedFastSet({ ...spec, count: 7 }, sha1)).toEqual([1059, 431, 808, 1217, 287, 376, 1188]);
    expect(allowedFastSet({ ...spec, count: 9 }, sha1)).toEqual([1059, 431, 808, 1217, 287, 376, 1188, 353, 508]);
  });

  test('neighbours share a set, others do not', () => {
    const neighbour = new Uint8Array([80, 4, 4, 1]);
    const other = new Uint8Array([80, 4, 5, 200]);
    const set = allowedFastSet({ ...spec, count: 7 }, sha1);
    expect(allowedFastSet({ ...spec, ip: neighbour, count: 7 }, sha1)).toEqual(set);
    expect(allowedFastSet({ ...spec, ip: other, count: 7 }, sha1)).not.toEqual(set);
  });

  test('different pieces of the torrent, as many as asked or as there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(50), (pieceCount, count) => {
        const set = allowedFastSet({ ...spec, pieceCount, count }, sha1);
        expect(new Set(set).size).toBe(Math.min(count, pieceCount));
        expect(set.every((piece) => piece < pieceCount)).toBe(true);
      }),
    );
  });

  test('there is no rule for IPv6', () => {
    expect(() => allowedFastSet({ ...spec, ip: new Uint8Array(16), count: 1 }, sha1)).toThrow('IPv4');
  });
});
