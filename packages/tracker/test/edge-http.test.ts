import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { AnnounceRequest } from '../src/index.js';
import { type AnnounceOptions, announce, scrape } from '../src/node/index.js';
import { latin1 } from './samples.js';
import { type HandMade, type HttpHand, serveHttp } from './servers.js';

const HASH = new Uint8Array(20).fill(0x68);
const request: AnnounceRequest = { infoHash: HASH, peerId: HASH, port: 6881, uploaded: 0, downloaded: 0, left: 1 };
const BODY = latin1('d8:completei1e10:incompletei2e8:intervali1800e5:peers12:\x7f\0\0\x01\x1a\xe1\x7f\0\0\x01\0\0e');

/** Too long a label for any name: the resolver refuses it by itself, and nobody waits for a name server. */
const NO_NAME = `${'x'.repeat(64)}.invalid`;

const open: HandMade[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function tracker(hand: HttpHand, host?: string): Promise<HandMade & { readonly url: string }> {
  const server = await serveHttp(hand, host);
  open.push(server);
  return { ...server, url: `http://${host === '::1' ? '[::1]' : '127.0.0.1'}:${server.port}/announce` };
}

const answering =
  (body: Uint8Array, headers: Record<string, string> = {}, status = 200): HttpHand =>
  (_request, response) => {
    response.writeHead(status, headers).end(body);
  };

async function failure(url: string, options?: AnnounceOptions): Promise<unknown> {
  return announce(url, request, options).then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

describe('a good tracker', () => {
  test('is asked in three lines', async () => {
    const { url, seen } = await tracker(answering(BODY));
    const { peers, ...rest } = await announce(
      `${url}?passkey=7`,
      { ...request, event: 'started' },
      { allowLocalTargets: true },
    );
    expect([...peers]).toEqual([{ host: '127.0.0.1', port: 6881 }]);
    expect(rest).toEqual({
      type: 'peers',
      intervalS: 1800,
      complete: 1,
      incomplete: 2,
      trackerHost: '127.0.0.1',
      droppedPeerCount: 1,
    });
    const hash = 'h'.repeat(20);
    expect(seen).toEqual([
      `/announce?passkey=7&info_hash=${hash}&peer_id=${hash}&port=6881&uploaded=0&downloaded=0&left=1&event=started&compact=1`,
    ]);
  });

  test('is asked over IPv6, and its own peers are dropped as told', async () => {
    const { url } = await tracker(answering(BODY), '::1');
    expect((await announce(url, request)).trackerHost).toBe('::1');
    const own = [{ host: '127.0.0.1', port: 6881 }];
    expect((await announce(url, request, { own })).peers.count).toBe(0);
    expect((await announce(url, request, { peerPortMin: 7000 })).peers.count).toBe(0);
    expect((await announce(url, request, { peersMax: 0 })).peers.count).toBe(0);
  });

  test('may be slow to come to the point, in gzip or in chunks', async () => {
    const packed = await tracker(answering(gzipSync(BODY), { 'content-encoding': 'gzip' }));
    expect((await announce(packed.url, request)).peers.count).toBe(1);
    const chunked = await tracker((_request, response) => {
      for (const byte of BODY) response.write(Uint8Array.of(byte));
      response.end();
    });
    expect((await announce(chunked.url, request)).peers.count).toBe(1);
  });

  test('hears from us over one connection', async () => {
    const ports = new Set<number | undefined>();
    const { url } = await tracker((incoming, response) => {
      ports.add(incoming.socket.remotePort);
      response.end(BODY);
    });
    for (let round = 0; round < 3; round++) await announce(url, request);
    expect(ports.size).toBe(1);
  });

  test('may close a connection that it promised to keep', async () => {
    // Like opentracker: no word about closing in the answer, and closed as soon as the next request comes.
    const used = new WeakSet<object>();
    const { url, seen } = await tracker((incoming, response) => {
      if (used.has(incoming.socket)) incoming.socket.destroy();
      else response.end(BODY);
      used.add(incoming.socket);
    });
    for (let round = 0; round < 3; round++) expect((await announce(url, request)).peers.count).toBe(1);
    expect(seen.length).toBeGreaterThanOrEqual(4);
    const agent = new Agent({ keepAlive: true });
    for (let round = 0; round < 3; round++) await announce(url, request, { agent });
    agent.destroy();
  });

  test('is scraped, in several requests when there are many hashes', async () => {
    const files = `d20:${'h'.repeat(20)}d8:completei5e10:downloadedi6e10:incompletei7eee`;
    const { url, seen } = await tracker(answering(latin1(`d5:files${files}e`)));
    const other = new Uint8Array(20).fill(1);
    const counts = await scrape(url, [other, HASH, ...Array.from({ length: 60 }, () => other)]);
    expect(counts).toHaveLength(62);
    expect(counts[0]).toBeUndefined();
    expect(counts[1]).toEqual({ complete: 5, downloaded: 6, incomplete: 7 });
    expect(seen).toHaveLength(2);
    expect(await scrape(url, [])).toEqual([]);
  });
});

describe('a tracker that refuses', () => {
  test.each([
    [
      'd14:failure reason4:nopee',
      200,
      { code: 'refused', message: expect.stringContaining('nope'), retryInS: undefined },
    ],
    ['d14:failure reason4:nope8:retry in1:5e', 200, { code: 'refused', retryInS: 300 }],
    ['d14:failure reason4:nope8:retry in5:nevere', 200, { code: 'refused', retryInS: 'never' }],
    [
      'd14:failure reason4:nopee',
      403,
      { code: 'http-status', httpStatus: 403, message: expect.stringContaining('403: nope') },
    ],
    ['gone', 410, { code: 'http-status', httpStatus: 410 }],
    ['', 500, { code: 'http-status', httpStatus: 500 }],
    ['', 204, { code: 'http-status', httpStatus: 204 }],
    ['<html>', 200, { code: 'malformed-reply' }],
    ['', 200, { code: 'malformed-reply' }],
  ])('%s with status %i', async (body, status, expected) => {
    const { url } = await tracker(answering(latin1(body), {}, status));
    expect(await failure(url)).toMatchObject(expected);
  });

  test('and says when to come back', async () => {
    const { url } = await tracker(answering(latin1('busy'), { 'retry-after': '120' }, 503));
    expect(await failure(url)).toMatchObject({ httpStatus: 503, retryInS: 120 });
    await expect(scrape(url, [HASH])).rejects.toMatchObject({ httpStatus: 503 });
    const scraped = await tracker(answering(latin1('d14:failure reason1:xe')));
    await expect(scrape(scraped.url, [HASH])).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('redirects', () => {
  const to =
    (location: string): HttpHand =>
    (_request, response) => {
      response.writeHead(302, { location }).end();
    };

  test('are followed to the end, and no further than allowed', async () => {
    const last = await tracker(answering(BODY));
    const first = await tracker((incoming, response) => {
      const left = Number(incoming.headers['x-left'] ?? /announce(\d)/.exec(incoming.url ?? '')?.[1] ?? 4);
      response.writeHead(307, { location: left === 1 ? last.url : `/announce${left - 1}` }).end();
    });
    expect((await announce(first.url, request)).peers.count).toBe(1);
    expect(first.seen).toHaveLength(4);
    expect(await failure(first.url, { redirectsMax: 3 })).toMatchObject({
      code: 'target-refused',
      message: expect.stringContaining('3 times'),
    });
  });

  test('in a circle end', async () => {
    const circle = await tracker(to('/announce'));
    expect(await failure(circle.url)).toMatchObject({ code: 'target-refused' });
    expect(circle.seen).toHaveLength(6);
  });

  test.each([
    'file:///etc/passwd',
    'gopher://127.0.0.1/announce',
    'udp://127.0.0.1:1/announce',
    'http://',
    'http://224.0.0.1/announce',
  ])('to %s are refused', async (location) => {
    const { url } = await tracker(to(location));
    expect(await failure(url)).toMatchObject({ code: 'target-refused' });
  });

  test('to a page in this network that is no tracker are refused', async () => {
    const { url, seen } = await tracker((incoming, response) => {
      response.writeHead(302, { location: incoming.url?.startsWith('/announce') ? '/admin?reboot=1' : '/' }).end();
    });
    expect(await failure(url)).toMatchObject({
      code: 'target-refused',
      message: expect.stringContaining('allowLocalTargets'),
    });
    expect(seen).toHaveLength(1);
  });
});

describe('targets in this network', () => {
  test('are asked only what a tracker is asked, unless the caller knows better', async () => {
    const { port, seen } = await tracker(answering(BODY));
    for (const path of ['/', '/admin', '/announce/x', '/announce?reboot=1', '/announce?info_hash=1&x']) {
      for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
        expect(await failure(`http://${host}:${port}${path}`)).toMatchObject({ code: 'target-refused' });
      }
    }
    expect(seen).toEqual([]);
    expect((await announce(`http://localhost:${port}/x/announce.php`, request, { family: 4 })).peers.count).toBe(1);
    expect((await announce(`http://127.0.0.1:${port}/?a=1`, request, { allowLocalTargets: true })).peers.count).toBe(1);
  });

  test('that are nobody are never asked', async () => {
    for (const host of ['0.0.0.0', '[::]', '255.255.255.255', '[ff02::1]']) {
      expect(await failure(`http://${host}:1/announce`, { allowLocalTargets: true })).toMatchObject({
        code: 'target-refused',
      });
    }
  });
});

describe('a tracker that misbehaves', () => {
  test('with a bomb is cut off', async () => {
    const bomb = await tracker(answering(gzipSync(Buffer.alloc(64 * 1024 * 1024)), { 'content-encoding': 'gzip' }));
    expect(await failure(bomb.url)).toMatchObject({ code: 'too-large' });
  });

  test('without end is cut off', async () => {
    const chunk = Buffer.alloc(65_536, 'i');
    const { url } = await tracker((_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pour);
      pour();
    });
    expect(await failure(url)).toMatchObject({ code: 'too-large' });
    expect(await failure(url, { replyBytesMax: 1000 })).toMatchObject({
      message: expect.stringContaining('1000 bytes'),
    });
  });

  test.each<readonly [string, HttpHand, object]>([
    ['broken gzip', answering(latin1('junk'), { 'content-encoding': 'gzip' }), { code: 'malformed-reply' }],
    [
      'cut gzip',
      answering(gzipSync(BODY).subarray(0, 40), { 'content-encoding': 'gzip' }),
      { code: 'malformed-reply' },
    ],
    ['an encoding of its own', answering(BODY, { 'content-encoding': 'br' }), { code: 'malformed-reply' }],
    [
      'a connection that breaks',
      (_request, response) => response.write('d8:', () => response.destroy()),
      { code: 'unreachable' },
    ],
    ['a reset before the answer', (incoming) => incoming.socket.resetAndDestroy(), { code: 'unreachable' }],
    ['something that is not HTTP', (incoming) => incoming.socket.end('SSH-2.0\r\n\r\n'), { code: 'malformed-reply' }],
    [
      'a chunk of impossible size',
      (incoming) => incoming.socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
      { code: 'malformed-reply' },
    ],
    [
      'a length that is too long',
      (incoming) => incoming.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nde'),
      { code: 'unreachable' },
    ],
    [
      'headers without end',
      (incoming) => incoming.socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`),
      { code: 'malformed-reply' },
    ],
  ])('with %s is an error, not a crash', async (_name, hand, expected) => {
    const { url } = await tracker(hand);
    expect(await failure(url)).toMatchObject(expected);
  });

  test('by silence, or a byte now and then, runs out of time as a whole', async () => {
    const silent = await tracker(() => {});
    expect(await failure(silent.url, { timeoutMs: 50 })).toMatchObject({ code: 'timed-out' });
    const dripping = await tracker((_request, response) => {
      const drip = setInterval(() => response.write('d'), 5);
      response.on('close', () => clearInterval(drip));
    });
    expect(await failure(dripping.url, { timeoutMs: 50 })).toMatchObject({ code: 'timed-out' });
    // What is left of a time limit is seldom a whole number, and people read it.
    await expect(scrape(silent.url, [HASH], { timeoutMs: 1.0000000001 })).rejects.toMatchObject({
      code: 'timed-out',
      message: 'no whole answer from the tracker within 1 ms',
    });
  });

  test('can be left alone at any time', async () => {
    const silent = await tracker(() => {});
    expect(await failure(silent.url, { signal: AbortSignal.abort('enough') })).toMatchObject({
      code: 'aborted',
      cause: 'enough',
    });
    const controller = new AbortController();
    const { url } = await tracker(() => controller.abort());
    expect(await failure(url, { signal: controller.signal })).toMatchObject({ code: 'aborted' });
  });

  test('by not being there', async () => {
    const gone = await serveHttp(answering(BODY));
    await gone.close();
    expect(await failure(`http://127.0.0.1:${gone.port}/announce`)).toMatchObject({ code: 'unreachable' });
    expect(await failure(`http://${NO_NAME}/announce`)).toMatchObject({ code: 'no-address' });
    expect(await failure('http://127.0.0.1:99999/announce')).toMatchObject({ code: 'bad-url' });
    expect(await failure('http://127.0.0.1/announce', { family: 6 })).toMatchObject({ code: 'no-address' });
    expect(await failure('http://[::1]/announce', { family: 4 })).toMatchObject({ code: 'no-address' });
    expect(await failure('tracker')).toMatchObject({ code: 'bad-url' });
  });
});

test('an agent of the caller does the connecting', async () => {
  const { url, seen } = await tracker(answering(BODY));
  const agent = new Agent();
  expect((await announce(url, request, { agent })).trackerHost).toBe('127.0.0.1');
  const asked: string[] = [];
  await announce(url, request, {
    agent: (target) => {
      asked.push(target.pathname);
      return agent;
    },
  });
  expect(asked).toEqual(['/announce']);
  expect(seen).toHaveLength(2);
  agent.destroy();
});

describe('over TLS', () => {
  const read = (name: string): string => readFileSync(new URL(`./vectors/${name}`, import.meta.url), 'utf8');
  // Made for these tests, for `localhost` and 127.0.0.1, with openssl req -x509; good until 2126.
  const [key, cert] = [read('localhost.key.pem'), read('localhost.cert.pem')];

  async function secure(): Promise<string> {
    const server = createServer({ key, cert }, (_request, response) => response.end(BODY));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({
      port: 0,
      seen: [],
      close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
    });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/announce`;
  }

  test('a certificate that nobody vouches for is refused, unless the caller does', async () => {
    const url = await secure();
    expect(await failure(url)).toMatchObject({ code: 'unreachable', message: expect.stringContaining('self-signed') });
    expect((await announce(url, request, { tls: { ca: cert } })).peers.count).toBe(1);
    expect((await announce(url, request, { tls: { rejectUnauthorized: false } })).peers.count).toBe(1);
    expect(await failure(url.replace('127.0.0.1', '[::ffff:127.0.0.1]'), { tls: { ca: cert } })).toMatchObject({
      code: 'unreachable',
    });
  });

  test('redirects lead there and are verified, too', async () => {
    const url = await secure();
    const { url: plain } = await tracker((_request, response) => response.writeHead(301, { location: url }).end());
    expect(await failure(plain)).toMatchObject({ code: 'unreachable' });
    expect((await announce(plain, request, { tls: { ca: cert } })).trackerHost).toBe('127.0.0.1');
  });
});
