import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AnnounceRequest,
  formatAnnounceUrl,
  formatScrapeUrl,
  parseAnnounceQuery,
  parseScrapeQuery,
  redactTrackerUrl,
  TrackerError,
} from '../src/index.js';
import { hashes, hex, httpRequests } from './samples.js';

const request: AnnounceRequest = {
  infoHash: hex('00 09 20 2d 2e 41 5a 5f 61 7a 7e 7f 80 c3 a9 ff 26 3d 25 2b'),
  peerId: hex('2d55 4330 3130 302d 3132 3334 3536 3738 3930 3132'),
  port: 6881,
  uploaded: 0,
  downloaded: 2 ** 40,
  left: 5,
};
const HASH = '%00%09%20-.AZ_az~%7F%80%C3%A9%FF%26%3D%25%2B';
const FIXED = `info_hash=${HASH}&peer_id=-UC0100-123456789012&port=6881&uploaded=0&downloaded=1099511627776&left=5`;

describe('writing an announce', () => {
  test.each([
    ['http://t.example/announce', `http://t.example/announce?${FIXED}`],
    ['http://t.example/announce?', `http://t.example/announce?${FIXED}`],
    ['http://t.example/announce?passkey=a%2Fb', `http://t.example/announce?passkey=a%2Fb&${FIXED}`],
    ['https://T.example:8443/x/announce.php?a&', `https://T.example:8443/x/announce.php?a&${FIXED}`],
    ['HTTP://[::1]:80#frag', `http://[::1]:80/?${FIXED}`],
  ])('%s keeps its own query', (tracker, url) => {
    expect(formatAnnounceUrl(tracker, request)).toBe(url);
  });

  test('every optional field is written', () => {
    const full: AnnounceRequest = {
      ...request,
      event: 'completed',
      numWant: 80,
      key: 0xbeef,
      compact: true,
      noPeerId: true,
      supportCrypto: true,
      requireCrypto: false,
      trackerId: hex('00ff'),
      ip: '10.0.0.1',
      ipv4: '10.0.0.2:1',
      ipv6: '[2001:db8::1]:6882',
    };
    expect(formatAnnounceUrl('http://t.example/announce', full)).toBe(
      `http://t.example/announce?${FIXED}&event=completed&numwant=80&key=0000BEEF&compact=1&no_peer_id=1&supportcrypto=1` +
        '&requirecrypto=0&trackerid=%00%FF&ip=10.0.0.1&ipv4=10.0.0.2%3A1&ipv6=%5B2001%3Adb8%3A%3A1%5D%3A6882',
    );
  });

  test.each([
    '',
    'tracker',
    'file:///etc/passwd',
    'wss://t.example/announce',
    'udp://t.example:80',
    'http:///announce',
    'http://t.example/a b',
    'http://t.example/\r\nHost: x',
    'http:\\\\t.example',
  ])('%j is no URL to announce to', (tracker) => {
    expect(() => formatAnnounceUrl(tracker, request)).toThrow(expect.objectContaining({ code: 'bad-url' }));
  });

  test('what cannot be written is refused', () => {
    for (const fields of [
      { infoHash: new Uint8Array(32) },
      { port: -1 },
      { left: Number.POSITIVE_INFINITY },
      { key: -1 },
    ]) {
      const write = (): unknown => formatAnnounceUrl('http://t.example/announce', { ...request, ...fields });
      expect(write).toThrow(expect.objectContaining({ code: 'bad-field' }));
    }
  });
});

describe('writing a scrape (the examples of the convention, BEP 48)', () => {
  test.each([
    ['http://example.com/announce', 'http://example.com/scrape'],
    ['http://example.com/x/announce', 'http://example.com/x/scrape'],
    ['http://example.com/announce.php', 'http://example.com/scrape.php'],
    ['http://example.com/announce?x=2/4', 'http://example.com/scrape?x=2/4'],
    ['http://example.com/announce?x2%0644', 'http://example.com/scrape?x2%0644'],
    ['http://example.com/announce/announce?a=/announce', 'http://example.com/announce/scrape?a=/announce'],
  ])('%s', (tracker, url) => {
    expect(formatScrapeUrl(tracker, [])).toBe(url);
    const joint = url.includes('?') ? '&' : '?';
    expect(formatScrapeUrl(tracker, [request.infoHash, request.peerId])).toBe(
      `${url}${joint}info_hash=${HASH}&info_hash=-UC0100-123456789012`,
    );
  });

  test.each(['http://example.com/a', 'http://example.com/x%064announce', 'http://example.com/announce/'])(
    '%s has no scrape',
    (tracker) => {
      expect(() => formatScrapeUrl(tracker, [])).toThrow(expect.objectContaining({ code: 'not-scrapable' }));
    },
  );
});

describe('reading queries', () => {
  const queryOf = (url: string): string => url.slice(url.indexOf('?') + 1);

  test('what was written reads back, whatever stands before it', () => {
    const foreign = fc.constantFrom('', 'passkey=1&', 'a&b==&&=x&%69=1&');
    fc.assert(
      fc.property(httpRequests, foreign, (sent, prefix) => {
        const url = formatAnnounceUrl(`http://t.example/announce?${prefix}`, sent);
        expect(parseAnnounceQuery(queryOf(url))).toEqual(sent);
      }),
    );
    fc.assert(
      fc.property(fc.array(hashes, { maxLength: 80 }), (infoHashes) => {
        expect(parseScrapeQuery(queryOf(formatScrapeUrl('http://t.example/announce?', infoHashes)))).toEqual(
          infoHashes,
        );
      }),
    );
  });

  test('bytes may come unescaped and in either case', () => {
    const raw = '\u00e9+\u0000%c3%A9abcdefghijklmno';
    const query = FIXED.replace(HASH, raw);
    expect(parseAnnounceQuery(query).infoHash).toEqual(hex('e92b00c3a9 6162636465666768696a6b6c6d6e6f'));
  });

  test.each([
    ['event=', {}],
    ['numwant=-1', {}],
    ['numwant=99999999999', { numWant: 0x7fff_ffff }],
    ['key=ff', { key: 255 }],
    ['supportcrypto=1&foo=bar&foo=baz', { supportCrypto: true }],
  ])('%s is understood', (extra, fields) => {
    expect(parseAnnounceQuery(`${FIXED}&${extra}`)).toEqual({ ...request, ...fields });
  });

  test('keys that are no 32 bits in hexadecimal still tell clients apart', () => {
    const keyOf = (text: string): number => parseAnnounceQuery(`${FIXED}&key=${text}`).key!;
    expect(keyOf('secret-one')).toBe(keyOf('secret-one'));
    expect(keyOf('secret-one')).not.toBe(keyOf('secret-two'));
    expect(keyOf('secret-one')).toBeLessThan(2 ** 32);
  });

  test.each([
    ['', /info_hash is missing/],
    [FIXED.replace('peer_id', 'peer_di'), /peer_id is missing/],
    [FIXED.replace('port=6881', 'port=65536'), /port must be at most 65535/],
    [FIXED.replace('port=6881', 'port=0x1'), /port must be a whole number/],
    [FIXED.replace('left=5', 'left=-5'), /left must be a whole number/],
    [FIXED.replace(HASH, 'abc'), /info_hash must be 20 bytes, not 3/],
    [FIXED.replace(HASH, '%zz'), /info_hash has a broken percent escape/],
    [FIXED.replace(HASH, `${'a'.repeat(19)}%4`), /broken percent escape/],
    [FIXED.replace(HASH, `${'a'.repeat(19)}\u0100`), /broken percent escape/],
    [`${FIXED}&info_hash=${HASH}`, /info_hash is given twice/],
    [`${FIXED}&event=begun`, /event must be/],
    [`${FIXED}&compact=yes`, /compact must be 0 or 1/],
    [`${FIXED}&numwant=lots`, /numwant must be a whole number/],
    [`${FIXED}&x=${'y'.repeat(20_000)}`, /longer than/],
    ['&'.repeat(600), /more than 512 parameters/],
  ])('%j is refused, and says why', (query, message) => {
    const parse = (): unknown => parseAnnounceQuery(query);
    expect(parse).toThrow(TrackerError);
    expect(parse).toThrow(message);
  });

  test('a scrape of anything but hashes is refused', () => {
    expect(() => parseScrapeQuery('info_hash=short')).toThrow(/20 bytes/);
    expect(parseScrapeQuery('')).toEqual([]);
  });
});

test('secrets are hidden before a URL is shown', () => {
  expect(redactTrackerUrl('udp://tracker.example:6969/announce')).toBe('udp://tracker.example:6969/announce');
  expect(redactTrackerUrl('http://user:pass@t.example/announce?passkey=1#x')).toBe('http://…@t.example/announce?…');
  expect(redactTrackerUrl('http://t.example/0123456789abcdef/announce')).toBe('http://t.example/…/announce');
  expect(redactTrackerUrl('my secret')).toBe('…');
});
