import { formatAnnounceUrl, formatScrapeUrl } from '@unchoke/tracker';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnnounceQuery, readScrapeQuery } from '../src/http/announce-query.js';
import { routeOf } from '../src/http/route.js';
import { byteText } from '../src/index.js';

const GOOD = `info_hash=${'h'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=6881`;

const hash = fc.uint8Array({ minLength: 20, maxLength: 20 });
const count = fc.maxSafeNat();

test('reads what @unchoke/tracker writes', () => {
  const request = fc.record(
    {
      infoHash: hash,
      peerId: hash,
      port: fc.integer({ min: 1, max: 65_535 }),
      uploaded: count,
      downloaded: count,
      left: count,
      event: fc.constantFrom('started', 'completed', 'stopped', 'paused'),
      numWant: fc.nat(1_000),
      compact: fc.boolean(),
      trackerId: fc.uint8Array({ minLength: 1, maxLength: 30 }),
    },
    { requiredKeys: ['infoHash', 'peerId', 'port', 'uploaded', 'downloaded', 'left'] },
  );
  fc.assert(
    fc.property(request, (asked) => {
      const url = formatAnnounceUrl('http://127.0.0.1/announce?passkey=a%26b', asked);
      const read = readAnnounceQuery(url.slice(url.indexOf('?') + 1));
      expect(read).toMatchObject({
        type: 'announce',
        infoHash: byteText(asked.infoHash),
        peerId: byteText(asked.peerId),
        port: asked.port,
        uploaded: asked.uploaded,
        downloaded: asked.downloaded,
        left: asked.left,
        event: asked.event,
        numWant: asked.numWant,
        isCompact: asked.compact !== false,
        trackerId: asked.trackerId === undefined ? undefined : byteText(asked.trackerId),
      });
    }),
  );
});

test('reads the scrapes that @unchoke/tracker writes', () => {
  fc.assert(
    fc.property(fc.array(hash, { minLength: 1, maxLength: 20 }), (hashes) => {
      const url = formatScrapeUrl('http://127.0.0.1/announce', hashes)!;
      expect(readScrapeQuery(url.slice(url.indexOf('?') + 1))).toEqual({
        type: 'scrape',
        infoHashes: hashes.map((bytes) => byteText(bytes)),
      });
    }),
  );
});

describe('what cannot be answered, and why', () => {
  test.each([
    ['', 'info_hash is missing'],
    [GOOD.replace('&port=6881', ''), 'port is missing'],
    [GOOD.replace(/&peer_id=p+/, ''), 'peer_id is missing'],
    [GOOD.replace('hh', 'h'), 'info_hash has 19 bytes, expected 20'],
    [GOOD.replace('hh', '%0'), 'info_hash holds a percent sign without two hexadecimal digits behind it'],
    [GOOD.replace(/p+&/, 'p&'), 'peer_id has 1 bytes, expected 20'],
    [`${GOOD}&info_hash=${'h'.repeat(20)}`, 'info_hash appears twice'],
    [GOOD.replace('6881', '0'), 'port: expected a port from 1 to 65535, found "0"'],
    [GOOD.replace('6881', '65536'), 'port: expected a port from 1 to 65535, found "65536"'],
    [GOOD.replace('6881', '-1'), 'port: expected a port from 1 to 65535, found "-1"'],
    [`${GOOD}&left=1e9`, 'left: expected a whole number of bytes, found "1e9"'],
    [`${GOOD}&uploaded=${'9'.repeat(21)}`, `uploaded: expected a whole number of bytes, found "${'9'.repeat(21)}"`],
    [`${GOOD}&event=exploded`, 'event: expected started, completed, stopped or paused, found "exploded"'],
    [`${GOOD}&numwant=-2`, 'numwant: expected a whole number, found "-2"'],
  ])('%s', (query, reason) => {
    expect(readAnnounceQuery(query)).toEqual({ type: 'failure', reason });
  });

  test('a scrape without, with a wrong, or with too many hashes', () => {
    expect(readScrapeQuery('x=1')).toMatchObject({ reason: 'a scrape needs at least one info_hash here' });
    expect(readScrapeQuery('info_hash=abc')).toMatchObject({ reason: 'info_hash has 3 bytes, expected 20' });
    const many = `info_hash=${'h'.repeat(20)}&`.repeat(101);
    expect(readScrapeQuery(many)).toMatchObject({ reason: 'more than 100 info_hash in one scrape' });
  });
});

test('numbers beyond 2^53 stay exact', () => {
  expect(readAnnounceQuery(`${GOOD}&left=18446744073709551615&uploaded=0009007199254740991`)).toMatchObject({
    left: 18_446_744_073_709_551_615n,
    uploaded: 9_007_199_254_740_991,
  });
});

test('addresses of BEP 3 and BEP 7; what is none is not there', () => {
  const read = readAnnounceQuery(`${GOOD}&ip=example.org&ipv4=10.0.0.1&ipv6=%5B2001%3Adb8%3A%3A1%5D%3A6881`);
  expect(read).toMatchObject({ ip: undefined, ipv4: Uint8Array.of(10, 0, 0, 1) });
  expect(read.type === 'announce' && read.ipv6?.[3]).toBe(0xb8);
});

test('any query is read or refused; nothing throws', () => {
  const word = fc.constantFrom(
    'info_hash',
    'peer_id',
    'port',
    '=',
    '&',
    '%',
    '%41',
    'h'.repeat(20),
    '6881',
    '__proto__',
    'ipv6',
    '[',
    ':',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 4 })), { maxLength: 30 }), (words) => {
      const query = words.join('');
      expect(['announce', 'failure']).toContain(readAnnounceQuery(query).type);
      expect(['scrape', 'failure']).toContain(readScrapeQuery(query).type);
    }),
  );
});

test.each([
  ['/announce', 'announce'],
  ['/8f3a/announce', 'announce'],
  ['/announce/8f3a', 'announce'],
  ['/announce.php', 'announce'],
  ['/8f3a/scrape', 'scrape'],
  ['/scrape.php', 'scrape'],
  ['/stats', 'stats'],
  ['/', 'stats'],
  ['/announcement', 'unknown'],
  ['/favicon.ico', 'unknown'],
  ['/a'.repeat(4_000), 'unknown'],
])('the path %s', (path, route) => {
  expect(routeOf(path)).toBe(route);
});
