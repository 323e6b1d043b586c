import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AddressReach, dialablePeers, type ListedPeer, PeerList, reachOf } from '../src/index.js';
import { compactPeers, ipv4, ipv6, listedPeers, u16 } from './samples.js';

describe('the reach of an address', () => {
  test.each<readonly [string, AddressReach]>([
    ['0.0.0.0', 'unusable'],
    ['0.255.255.255', 'unusable'],
    ['1.0.0.0', 'global'],
    ['9.255.255.255', 'global'],
    ['10.0.0.0', 'private'],
    ['10.255.255.255', 'private'],
    ['11.0.0.0', 'global'],
    ['100.63.255.255', 'global'],
    ['100.64.0.0', 'private'],
    ['100.127.255.255', 'private'],
    ['100.128.0.0', 'global'],
    ['126.255.255.255', 'global'],
    ['127.0.0.0', 'loopback'],
    ['127.255.255.255', 'loopback'],
    ['128.0.0.0', 'global'],
    ['169.253.255.255', 'global'],
    ['169.254.0.0', 'private'],
    ['169.254.255.255', 'private'],
    ['169.255.0.0', 'global'],
    ['172.15.255.255', 'global'],
    ['172.16.0.0', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'global'],
    ['192.167.255.255', 'global'],
    ['192.168.0.0', 'private'],
    ['192.168.255.255', 'private'],
    ['192.169.0.0', 'global'],
    ['223.255.255.255', 'global'],
    ['224.0.0.1', 'unusable'],
    ['239.255.255.255', 'unusable'],
    ['240.0.0.1', 'unusable'],
    ['255.255.255.255', 'unusable'],
    ['::', 'unusable'],
    ['::1', 'loopback'],
    ['::2', 'unusable'],
    ['::10.0.0.1', 'unusable'],
    ['::1:0:0:1', 'global'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:192.168.0.1', 'private'],
    ['::ffff:8.8.8.8', 'global'],
    ['::ffff:0.0.0.0', 'unusable'],
    ['2001:db8::1', 'global'],
    ['fbff::1', 'global'],
    ['fc00::1', 'private'],
    ['fdff::1', 'private'],
    ['fe00::1', 'global'],
    ['fe7f::1', 'global'],
    ['fe80::1', 'private'],
    ['febf::1', 'private'],
    ['fec0::1', 'private'],
    ['feff::1', 'private'],
    ['ff02::1', 'unusable'],
    ['64:ff9b::127.0.0.1', 'loopback'],
    ['64:ff9b::8.8.8.8', 'global'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:a00:1::1', 'private'],
    ['2002:808:808::', 'global'],
  ])('%s is %s', (host, reach) => {
    expect(reachOf(host)).toBe(reach);
  });

  test('a name has none', () => {
    expect(reachOf('localhost')).toBeUndefined();
  });
});

describe('peers that may be dialled', () => {
  const keep = (hosts: readonly string[], trackerHost?: string): readonly string[] =>
    [...dialablePeers(PeerList.of(hosts.map((host) => ({ host, port: 6881 }))), { trackerHost })].map(
      ({ host }) => host,
    );
  const mixed = ['8.8.8.8', '10.0.0.1', '127.0.0.1', '224.0.0.1', '2001:db8::1', 'fd00::1', '::1', 'ff02::1'];

  test('local addresses are believed only to a tracker that is as near', () => {
    expect(keep(mixed)).toEqual(['8.8.8.8', '2001:db8::1']);
    expect(keep(mixed, '8.8.4.4')).toEqual(['8.8.8.8', '2001:db8::1']);
    expect(keep(mixed, 'tracker.example')).toEqual(['8.8.8.8', '2001:db8::1']);
    expect(keep(mixed, '192.168.0.1')).toEqual(['8.8.8.8', '10.0.0.1', '2001:db8::1', 'fd00::1']);
    expect(keep(mixed, '::1')).toEqual(['8.8.8.8', '10.0.0.1', '127.0.0.1', '2001:db8::1', 'fd00::1', '::1']);
    expect(keep(mixed, '::ffff:127.0.0.1')).toHaveLength(6);
  });

  test('port 0, low ports when asked, ourselves and names are dropped', () => {
    const listed: readonly ListedPeer[] = [
      { host: '8.8.8.8', port: 0 },
      { host: '8.8.8.8', port: 25 },
      { host: '8.8.8.8', port: 6881 },
      { host: '2001:db8::1', port: 6881 },
      { host: '2001:db8::1', port: 80 },
      { host: '::ffff:9.9.9.9', port: 6881 },
      { host: 'peer.example', port: 6881 },
    ];
    const list = new PeerList(new Uint8Array(0), new Uint8Array(0), listed);
    const own = [
      { host: '::ffff:8.8.8.8', port: 6881 },
      { host: '2001:db8::1', port: 6882 },
    ];
    expect([...dialablePeers(list, { own, portMin: 80 })]).toEqual([
      { host: '9.9.9.9', port: 6881 },
      { host: '2001:db8::1', port: 6881 },
      { host: '2001:db8::1', port: 80 },
    ]);
  });

  test('duplicates count once, in whatever form they come', () => {
    const once = PeerList.of([
      { host: '8.8.8.8', port: 1 },
      { host: '::ffff:8.8.8.8', port: 1 },
      { host: '8.8.8.8', port: 2 },
    ]);
    const list = new PeerList(once.v4, once.v6, [
      { host: '8.8.8.8', port: 2 },
      { host: '::FFFF:808:808', port: 1 },
    ]);
    expect([...dialablePeers(list)]).toEqual([
      { host: '8.8.8.8', port: 1 },
      { host: '8.8.8.8', port: 2 },
    ]);
  });

  test('a long list is cut, and duplicates do not use up the room', () => {
    const many = new Uint8Array(100_000 * 6);
    for (let index = 0; index < 100_000; index++)
      many.set([8, 8, (index >> 9) & 255, (index >> 1) & 255, 1, 1], index * 6);
    expect(dialablePeers(PeerList.fromCompact(many, 4)).count).toBe(2000);
    expect(dialablePeers(PeerList.fromCompact(many, 4), { countMax: 30 }).count).toBe(30);
    expect(dialablePeers(PeerList.fromCompact(many, 4), { countMax: 1e9 }).count).toBe(2000);
    expect(dialablePeers(PeerList.fromCompact(new Uint8Array(600_000).fill(8), 4)).count).toBe(1);
  });

  // The same rules, said once more and slowly, with Node's own sets of addresses.
  const local = new BlockList();
  for (const [net, prefix] of [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['169.254.0.0', 16],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['0.0.0.0', 8],
    ['224.0.0.0', 3],
  ] as const) {
    local.addSubnet(net, prefix, 'ipv4');
  }

  test('agrees with a slow filter over text', () => {
    const near = fc.constantFrom(
      '8.8.8.8',
      '8.8.4.4',
      '10.1.1.1',
      '172.31.0.1',
      '100.100.0.1',
      '0.0.0.0',
      '255.255.255.255',
    );
    const peers = fc.array(fc.record({ host: fc.oneof(near, ipv4), port: fc.oneof(fc.nat(3), u16) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(peers, fc.nat(20), (told, countMax) => {
        const seen = new Set<string>();
        const slow = told.filter(({ host, port }) => {
          if (port === 0 || local.check(host, 'ipv4') || seen.has(`${host}:${port}`)) return false;
          return seen.add(`${host}:${port}`).size <= countMax;
        });
        expect([...dialablePeers(PeerList.of(told), { countMax })]).toEqual(slow);
      }),
    );
  });

  test('filtering twice changes nothing, and nothing is invented', () => {
    const lists = fc.oneof(compactPeers, listedPeers);
    fc.assert(
      fc.property(lists, fc.oneof(ipv4, ipv6), (list, trackerHost) => {
        const once = dialablePeers(list, { trackerHost });
        expect(dialablePeers(once, { trackerHost })).toEqual(once);
        expect(once.count).toBeLessThanOrEqual(list.count);
      }),
    );
  });
});
