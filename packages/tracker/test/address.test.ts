import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, PeerList, packAddress, packPeer, TrackerError } from '../src/index.js';
import { compactPeers, hex, ipv4, ipv6, u16 } from './samples.js';

describe('addresses', () => {
  // RFC 5952, section 4: one text for each address.
  const good: readonly (readonly [string, string])[] = [
    ['0.0.0.0', '00000000'],
    ['255.255.255.255', 'ffffffff'],
    ['10.0.0.1', '0a000001'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
    ['2001:0:0:1::1', '20010000000000010000000000000001'],
    ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
    ['::ffff:a00:1', '00000000000000000000ffff0a000001'],
  ];

  test.each(good)('%s is written and read', (text, bytes) => {
    expect(packAddress(text)).toEqual(hex(bytes));
    expect(formatAddress(hex(bytes))).toBe(text);
  });

  test.each([
    ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001'],
    ['1:2:3:4:5:6:7.8.9.10', '0001000200030004000500060708090a'],
    ['2001:DB8:0:0:0:0:0:1', '20010db8000000000000000000000001'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
  ])('%s is read, though it is not the canonical text', (text, bytes) => {
    expect(packAddress(text)).toEqual(hex(bytes));
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '1.2.3.4 ',
    '0x7f.1.1.1',
    'tracker.example',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'fe80::1%eth0',
    '1.2.3.4::',
    '[::1]',
    '::1.2.3.256',
    `::${'0'.repeat(60)}`,
  ])('%j is not an address', (text) => {
    expect(packAddress(text)).toBeUndefined();
  });

  test('reading undoes writing, and Node agrees about what is an address', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (text) => {
        expect(formatAddress(packAddress(text)!)).toBe(text);
        expect(isIPv4(text) || isIPv6(text)).toBe(true);
      }),
    );
    const near = fc.string({ unit: fc.constantFrom('0', '1', '9', 'f', ':', '.', '::', '255'), maxLength: 16 });
    fc.assert(
      fc.property(near, (text) => {
        expect(packAddress(text) !== undefined).toBe(isIPv4(text) || isIPv6(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('peer lists', () => {
  test('compact bytes become addresses when asked for', () => {
    const list = PeerList.fromCompact(hex('0a000001 1ae1 c0a80002 0000'), 4);
    expect(list.count).toBe(2);
    expect([...list]).toEqual([
      { host: '10.0.0.1', port: 6881 },
      { host: '192.168.0.2', port: 0 },
    ]);
    const six = PeerList.fromCompact(hex('20010db8000000000000000000000001 1ae1'), 6);
    expect([...six]).toEqual([{ host: '2001:db8::1', port: 6881 }]);
  });

  test('a last peer that is cut short costs only itself', () => {
    expect(PeerList.fromCompact(hex('0a000001 1ae1 0a0000'), 4).count).toBe(1);
    expect(PeerList.fromCompact(hex('0a0000'), 4).count).toBe(0);
    expect(PeerList.fromCompact(new Uint8Array(35), 6).count).toBe(1);
  });

  test('packing and listing agree', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ host: ipv4, port: u16 })),
        fc.array(fc.record({ host: ipv6, port: u16 })),
        (v4, v6) => {
          expect([...PeerList.of([...v6, ...v4])]).toEqual([...v4, ...v6]);
        },
      ),
    );
    fc.assert(
      fc.property(compactPeers, (list) => {
        expect(PeerList.of(list)).toEqual(list);
      }),
    );
  });

  test('what is no peer cannot be packed', () => {
    for (const peer of [
      { host: 'tracker.example', port: 1 },
      { host: '::1', port: -1 },
      { host: '::1', port: 65_536 },
      { host: '::1', port: 1.5 },
    ]) {
      expect(() => packPeer(peer)).toThrow(TrackerError);
    }
    expect(() => new PeerList(new Uint8Array(7))).toThrow(/6 or 18 bytes/);
    expect(() => new PeerList(new Uint8Array(6), new Uint8Array(19))).toThrow(/6 or 18 bytes/);
  });
});
