import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRequestHead } from '../src/http/request-head.js';

function read(text: string): ReturnType<typeof readRequestHead> {
  return readRequestHead(Buffer.from(text, 'latin1'), 0);
}

describe('good heads', () => {
  test('everything the tracker needs', () => {
    const text = 'GET /announce?a=%00 HTTP/1.1\r\nHost: tracker:80\r\nUser-Agent:  x/1 \r\nAccept: */*\r\n\r\nGET';
    expect(read(text)).toEqual({
      type: 'head',
      target: '/announce?a=%00',
      keepAlive: true,
      host: 'tracker:80',
      userAgent: 'x/1',
      accept: '*/*',
      end: text.length - 3,
    });
  });

  test.each([
    ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', true],
    ['GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', false],
    ['GET / HTTP/1.1\r\nHost: a\r\nCONNECTION: Keep-Alive, Close\r\n\r\n', false],
    ['GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n', true],
    ['GET / HTTP/1.0\r\n\r\n', false],
    ['GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', true],
    ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n', true],
  ])('%j stays open: %s', (text, keepAlive) => {
    expect(read(text)).toMatchObject({ type: 'head', keepAlive });
  });

  test.each([
    ['GET http://127.0.0.1:1/announce?x=1 HTTP/1.1\r\nHost: a\r\n\r\n', '/announce?x=1'],
    ['GET HTTP://a HTTP/1.1\r\nHost: a\r\n\r\n', '/'],
  ])('the absolute form of %j', (text, target) => {
    expect(read(text)).toMatchObject({ target });
  });
});

describe('refused heads', () => {
  const line = 'GET / HTTP/1.1\r\nHost: a\r\n';
  test.each([
    ['POST /announce', 405, 'not POST'],
    ['OPTIONS', 405, 'not OPTIONS'],
    ['\x16\x03\x01', 400, 'not HTTP'],
    ['get / HTTP/1.1', 400, 'not HTTP'],
    ['GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'HTTP version'],
    ['GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'percent-encoded'],
    ['GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'percent-encoded'],
    ['GET announce HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'slash'],
    ['GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'slash'],
    ['GET / HTTP/2.0\r\n\r\n', 505, 'HTTP/2.0'],
    ['GET /\r\n\r\n', 400, 'percent-encoded'],
    ['GET / HTTP/1.1\r\n\r\n', 400, 'Host header is missing'],
    [`${line}Host: b\r\n\r\n`, 400, 'two Host headers'],
    [`${line}Content-Length: 5\r\n\r\n`, 413, 'no request bodies'],
    [`${line}Content-Length: +0\r\n\r\n`, 413, 'no request bodies'],
    [`${line}Transfer-Encoding: chunked\r\n\r\n`, 413, 'no request bodies'],
    [`${line}Transfer-Encoding : chunked\r\n\r\n`, 400, 'no valid name'],
    [`${line} folded\r\n\r\n`, 400, 'no valid name'],
    [`${line}: value\r\n\r\n`, 400, 'no valid name'],
    [`${line}name\r\n\r\n`, 400, 'no valid name'],
    [`${line}X: a\nY: b\r\n\r\n`, 400, 'control byte'],
    [`${line}X: a\0\r\n\r\n`, 400, 'control byte'],
    [`${line}${'X: y\r\n'.repeat(64)}\r\n`, 431, 'more than 64 header lines'],
    [`GET /${'x'.repeat(8_187)}`, 431, 'longer than 8192 bytes'],
    [`GET /${'x'.repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431, 'longer than 8192 bytes'],
  ])('%j', (text, status, reason) => {
    const head = read(text);
    expect(head).toMatchObject({ type: 'refused', status });
    expect(head?.type === 'refused' && head.reason).toContain(reason);
  });
});

test('no prefix of a good head is refused, and none is taken for a head', () => {
  const text = 'GET /announce?info_hash=%01 HTTP/1.1\r\nHost: a:1\r\nUser-Agent: b\r\n\r\n';
  for (let length = 0; length < text.length; length++) expect(read(text.slice(0, length))).toBeUndefined();
});

test('any bytes are a head, refused, or too few; nothing throws', () => {
  const tokens = fc.constantFrom(
    'GET ',
    '/',
    ' HTTP/1.1',
    '\r\n',
    'Host: a',
    ':',
    '\r\n\r\n',
    '\n',
    ' ',
    'x'.repeat(4_000),
    '\0',
  );
  const text = fc.array(fc.oneof(tokens, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 24 });
  fc.assert(
    fc.property(text, (parts) => {
      const bytes = Buffer.from(parts.join(''), 'latin1');
      const head = readRequestHead(bytes, 0);
      if (head?.type === 'head') {
        expect(head.end).toBeLessThanOrEqual(bytes.length);
        expect(bytes.toString('latin1', head.end - 4, head.end)).toBe('\r\n\r\n');
      }
      // Never waits for more when there is more than a head can be.
      if (head === undefined) expect(bytes.length).toBeLessThan(8_192);
    }),
  );
});
