import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../src/limits.js';
import { trackerUrl, webSeedUrl } from '../src/urls.js';

test.each([
  ['http://a.example/announce', 'http://a.example/announce'],
  ['HTTPS://A.example:443', 'HTTPS://A.example:443'],
  ['udp://[::1]:6969/announce?x#y', 'udp://[::1]:6969/announce?x#y'],
  [' wss://a.example \r\n', 'wss://a.example'],
  ['http://bücher.example/', 'http://bücher.example/'],
  ['http://', undefined],
  ['http:///path', undefined],
  ['http://?query', undefined],
  ['http://#fragment', undefined],
  ['http://a b', undefined],
  ['http://a\u0000b', undefined],
  ['http://a\u0085b', undefined],
  ['ftp://a.example/', undefined],
  ['file:///etc/passwd', undefined],
  ['javascript:alert(1)', undefined],
  ['', undefined],
  [`http://${'a'.repeat(LIMITS.urlBytesMax)}`, undefined],
])('tracker %j: %j', (text, expected) => {
  expect(trackerUrl(text)).toBe(expected);
});

test('web seeds may be on FTP, and spaces in them are escaped', () => {
  expect(webSeedUrl('ftp://a.example/a b')).toBe('ftp://a.example/a%20b');
  expect(webSeedUrl('udp://a.example/')).toBeUndefined();
});

test('the short way and the long way agree', () => {
  const part = fc.string({
    unit: fc.constantFrom('a', '/', '?', '#', ' ', '"', '~', '!', '\u007f', '\u0000', 'ü', ':', '@', '.'),
    maxLength: 6,
  });
  fc.assert(
    fc.property(part, part, (host, rest) => {
      const url = `http://${host}${rest}`;
      // Capitals take the long way.
      expect(trackerUrl(url)).toBe(trackerUrl(url.replace('http', 'Http'))?.replace('Http', 'http'));
    }),
  );
});
