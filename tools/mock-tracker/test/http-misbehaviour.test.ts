import { gunzipSync, inflateSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { type Misbehaviour, type MockTracker, startMockTracker } from '../src/index.js';
import { announceTarget, get, isReset, leaving, rawHttp } from './support/clients.js';

let tracker: MockTracker;
afterEach(() => tracker.close());

/** A tracker with one peer on port 0x1a01 and one rule for every announce that is not that peer's. */
async function misbehaving(misbehaviour: Misbehaviour): Promise<number> {
  tracker = await startMockTracker({ scenario: { rules: [{ name: 'it', when: { peerId: 'p' }, do: misbehaviour }] } });
  await get(tracker.port, announceTarget({ peerId: 'a'.repeat(20), port: 0x1a01 }));
  return tracker.port;
}

async function bodyOf(misbehaviour: Misbehaviour, more = ''): Promise<string> {
  return (await get(await misbehaving(misbehaviour), announceTarget({ more }))).body;
}

const COUNTS = 'd8:completei0e10:downloadedi0e10:incompletei2e8:intervali60e';
const PEER = '\x7f\0\0\x01\x1a\x01';
const SELF = '\x7f\0\0\x01\x1a\xe1';
const GOOD = `${COUNTS}5:peers6:${PEER}e`;

describe('what the answer says', () => {
  test.each<[string, NonNullable<Misbehaviour['reply']>, string]>([
    ['nothing else', {}, GOOD],
    ['failure', { failure: 'no é' }, 'd14:failure reason5:no \xc3\xa9e'],
    ['retry in', { failure: 'no', retryIn: 30 }, 'd14:failure reason2:no8:retry ini30ee'],
    ['never', { failure: 'no', retryIn: 'never' }, 'd14:failure reason2:no8:retry in5:nevere'],
    [
      'failure with peers',
      { failure: 'no', failureWithPeers: true },
      // A failed announce is not registered: the swarm has one peer.
      `d8:completei0e10:downloadedi0e14:failure reason2:no10:incompletei1e8:intervali60e5:peers6:${PEER}e`,
    ],
    ['warning', { warning: 'hm' }, `${COUNTS}5:peers6:${PEER}15:warning message2:hme`],
    ['absurd interval', { interval: '9223372036854775808' }, GOOD.replace('i60e', 'i9223372036854775808e')],
    ['no interval', { interval: null }, GOOD.replace('8:intervali60e', '')],
    ['negative counts', { complete: -1, incomplete: '-5' }, GOOD.replace('i0e', 'i-1e').replace('i2e', 'i-5e')],
    ['min interval', { minInterval: 0 }, GOOD.replace('i60e', 'i60e12:min intervali0e')],
    ['tracker id', { trackerId: 'x' }, GOOD.replace(/e$/, '10:tracker id1:xe')],
    ['external ip', { externalIp: 'self' }, GOOD.replace('10:incomplete', '11:external ip4:\x7f\0\0\x0110:incomplete')],
    [
      'port 0 and own address',
      { peers: { add: ['127.0.0.1:0', 'self'] } },
      `${COUNTS}5:peers18:${PEER}\x7f\0\0\x01\0\0${SELF}e`,
    ],
    [
      'other peers',
      { peers: { only: ['224.0.0.1:1'], copies: 2 } },
      `${COUNTS}5:peers12:${'\xe0\0\0\x01\0\x01'.repeat(2)}e`,
    ],
    ['truncated compact', { peers: { cutBytes: 1 } }, `${COUNTS}5:peers5:${PEER.slice(0, 5)}e`],
    ['no peers key', { peers: { none: true } }, `${COUNTS}e`],
    [
      'peers6 only',
      { peers: { family: 'ipv6', add: ['[::1]:1'] } },
      `${COUNTS}6:peers618:${'\0'.repeat(15)}\x01\0\x01e`,
    ],
    [
      'dictionary peers',
      { peers: { form: 'dictionary' } },
      `${COUNTS}5:peersld2:ip9:127.0.0.17:peer id20:${'a'.repeat(20)}4:porti6657eeee`,
    ],
    ['without ids', { peers: { form: 'dictionary-without-ids' } }, `${COUNTS}5:peersld2:ip9:127.0.0.14:porti6657eeee`],
  ])('%s', async (_, reply, expected) => {
    expect(await bodyOf({ reply })).toBe(expected);
  });

  test('ten thousand peers in ranges that are routed nowhere', async () => {
    const body = await bodyOf({ reply: { peers: { madeUp: 10_000 } } });
    expect(body).toContain(`5:peers${10_001 * 6}:${PEER}\xc6\x12\0\0\x1a\xe1\xc6\x12\0\x01`);
  });

  test('entries that are no peers, among those that are', async () => {
    const body = await bodyOf({ reply: { peers: { junk: true } } });
    expect(body).toContain('d2:ip9:127.0.0.14:porti65536ee');
    expect(body).toContain(`7:peer id20:${'a'.repeat(20)}`);
  });

  test('a tracker id that must be sent back', async () => {
    const port = await misbehaving({ reply: { trackerId: 'id/1', trackerIdRequired: true } });
    const asked = async (more: string): Promise<string> => (await get(port, announceTarget({ more }))).body;
    expect(await asked('&event=started')).toContain('10:tracker id4:id/1');
    expect(await asked('')).toContain('the tracker id was not sent back');
    expect(await asked('&trackerid=id%2F2')).toContain('another tracker id was sent back');
    expect(await asked('&trackerid=id%2F1')).toContain('10:tracker id4:id/1');
  });

  test('what the client asked for: dictionaries, with and without ids', async () => {
    expect(await bodyOf({}, '&compact=0')).toContain('7:peer id20:');
    await tracker.close();
    expect(await bodyOf({}, '&compact=0&no_peer_id=1')).toContain('5:peersld2:ip9:127.0.0.14:porti6657eee');
  });
});

describe('the bytes of the body', () => {
  test.each<[string, NonNullable<Misbehaviour['body']>, string]>([
    ['unsorted', { keys: 'unsorted' }, `d5:peers6:${PEER}8:intervali60e10:incompletei2e10:downloadedi0e8:completei0ee`],
    ['duplicate', { keys: 'duplicate' }, GOOD.replace('d8:completei0e', 'd8:completei0e8:completei0e')],
    ['padding', { padBytes: 3 }, GOOD.replace(/e$/, '11:zzz padding3:xxxe')],
    ['replaced', { replace: { text: '<html>ü' } }, '<html>\xc3\xbc'],
    ['empty', { replace: { hex: '' } }, ''],
    ['nested', { nest: 5_000 }, 'l'.repeat(5_000) + 'e'.repeat(5_000)],
    ['cut', { cutAt: 10 }, GOOD.slice(0, 10)],
    ['flipped', { flipAt: 0 }, `\x9b${GOOD.slice(1)}`],
    ['trailing', { append: { hex: '00ff' } }, `${GOOD}\0\xff`],
  ])('%s', async (_, body, expected) => {
    expect(await bodyOf({ body })).toBe(expected);
  });
});

describe('HTTP itself', () => {
  test('down, then up', async () => {
    const down = { when: { nth: { to: 2 } }, do: { http: { status: 503, headers: { 'Retry-After': '9' } } } };
    tracker = await startMockTracker({ scenario: { rules: [down] } });
    const answers = [];
    for (let request = 0; request < 3; request++) answers.push(await get(tracker.port, announceTarget({})));
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 200]);
    expect(answers[0]).toMatchObject({ body: '503 Service Unavailable\n' });
    expect(answers[0]!.headers.get('retry-after')).toBe('9');
    expect(tracker.requests.map(({ reply }) => reply.type)).toEqual(['scripted', 'scripted', 'peers']);
  });

  test('who was refused is not in the swarm', async () => {
    const port = await misbehaving({ http: { status: 500 } });
    await get(port, announceTarget({}));
    expect(tracker.stats().peerCount).toBe(1);
  });

  test.each<[string, string]>([
    ['loop', 'http://127.0.0.1:PORT/announce?info_hash='],
    ['file:///etc/passwd', 'file:///etc/passwd'],
    ['{url}/elsewhere?{query}&x=$&', 'http://127.0.0.1:PORT/elsewhere?info_hash='],
    ['/x\r\nSet-Cookie: a=b', '/x'],
  ])('a redirect to %j', async (redirect, location) => {
    const port = await misbehaving({ http: { redirect } });
    const { status, headers } = await get(port, announceTarget({}));
    expect(status).toBe(302);
    expect(headers.get('location')).toContain(location.replace('PORT', `${port}`));
    expect(headers.get('set-cookie')).toBe(redirect.includes('Set-Cookie') ? 'a=b' : undefined);
  });

  test('gzip and deflate that are right', async () => {
    const port = await misbehaving({ http: { encoding: 'gzip' } });
    const zipped = await get(port, announceTarget({}));
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(Buffer.from(zipped.body, 'latin1')).toString('latin1')).toBe(GOOD);
    tracker.setScenario({ rules: [{ do: { http: { encoding: 'deflate' } } }] });
    const deflated = await get(port, announceTarget({}));
    expect(inflateSync(Buffer.from(deflated.body, 'latin1')).toString('latin1')).toBe(GOOD);
  });

  test('gzip that is wrong', async () => {
    const port = await misbehaving({ http: { encoding: 'gzip-corrupt' } });
    const unzip = (body: string): Buffer => gunzipSync(Buffer.from(body, 'latin1'));
    expect(() => unzip('not gzip')).toThrow();
    for (const encoding of ['gzip-corrupt', 'gzip-cut'] as const) {
      tracker.setScenario({ rules: [{ do: { http: { encoding } } }] });
      const { body, headers } = await get(port, announceTarget({}));
      expect(headers.get('content-encoding')).toBe('gzip');
      expect(() => unzip(body)).toThrow();
    }
    tracker.setScenario({ rules: [{ do: { http: { encoding: 'gzip-unlabelled' } } }] });
    const { body, headers } = await get(port, announceTarget({}));
    expect(headers.has('content-encoding')).toBe(false);
    expect(unzip(body).toString('latin1')).toBe(GOOD);
  });

  test.each(['until-close', 'chunked'] as const)(
    'a gzip bomb, %s: 16 MiB in 16 KB, as often as told',
    async (transfer) => {
      const port = await misbehaving({ http: { encoding: 'gzip-bomb', bombBytes: 40_000_000, transfer } });
      const { body } = await get(port, announceTarget({}));
      const zipped = transfer === 'chunked' ? unchunked(body) : body;
      expect(zipped.length).toBeLessThan(60_000);
      expect(gunzipSync(Buffer.from(zipped, 'latin1')).length).toBe(3 * 2 ** 24);
    },
  );

  test('chunks that are right, and chunks that are not', async () => {
    const port = await misbehaving({ http: { transfer: 'chunked' } });
    expect(unchunked((await get(port, announceTarget({}))).body)).toBe(GOOD);
    tracker.setScenario({ rules: [{ do: { http: { transfer: 'chunked-bad-size' } } }] });
    expect((await get(port, announceTarget({}))).body).toBe(`zz\r\n${GOOD}\r\n0\r\n\r\n`);
    tracker.setScenario({ rules: [{ do: { http: { transfer: 'chunked-endless' } } }] });
    expect((await get(port, announceTarget({}))).body).not.toContain('\r\n0\r\n');
  });

  test('a wrong length, a wrong type, headers of any kind', async () => {
    const headers = { 'content-type': 'text/html', Connection: null, 'X-A': 'b' };
    const port = await misbehaving({ http: { contentLength: 5, headers } });
    const answer = await get(port, announceTarget({}));
    expect([...answer.headers]).toEqual([
      ['content-length', '5'],
      ['content-type', 'text/html'],
      ['x-a', 'b'],
    ]);
    expect(answer.body).toBe(GOOD);
  });

  test('slow head and dripping body arrive whole', async () => {
    const port = await misbehaving({
      http: { waitMs: 1, slowHead: { bytes: 50, everyMs: 0 }, slowBody: { bytes: 7, everyMs: 0 } },
    });
    expect((await get(port, announceTarget({}))).body).toBe(GOOD);
  });

  test('a body without end goes on with a string that a reader must wait for', async () => {
    const port = await misbehaving({ http: { endless: 100_000 } });
    const { body, headers } = await get(port, announceTarget({}));
    expect(headers.has('content-length')).toBe(false);
    expect(body.startsWith(`${GOOD.slice(0, -1)}3:zzz1099511627776:zzzz`)).toBe(true);
    expect(body.length).toBeGreaterThanOrEqual(100_000);
  });

  test('closed, or reset, in the middle', async () => {
    const port = await misbehaving({ http: { closeAt: 20 } });
    const request = `GET ${announceTarget({})} HTTP/1.1\r\nHost: a\r\n\r\n`;
    expect(await rawHttp(port, request)).toBe('HTTP/1.1 200 OK\r\nCon');
    expect(await isReset(port, request)).toBe(false);
    tracker.setScenario({ rules: [{ do: { http: { resetAt: 20 } } }] });
    expect(await isReset(port, request)).toBe(true);
  });

  test('silence until the client leaves; the announce is not counted', async () => {
    const port = await misbehaving({ http: { silence: true } });
    const request = `GET ${announceTarget({})} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const answers: string[] = [];
    const { promise, leave } = leaving(port, request, answers);
    while (tracker.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
    leave();
    await promise;
    expect(answers).toEqual([]);
    expect(tracker.stats().peerCount).toBe(1);
  });

  test('a scripted answer keeps the connection, and the pipelined requests behind it their order', async () => {
    const port = await misbehaving({ http: { slowBody: { bytes: 30, everyMs: 0 } } });
    const one = (id: string, connection: string): string =>
      `GET ${announceTarget({ peerId: id.repeat(20) })} HTTP/1.1\r\nHost: a\r\nConnection: ${connection}\r\n\r\n`;
    const received = await rawHttp(port, one('p', 'keep-alive') + one('a', 'keep-alive') + one('p', 'close'));
    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
    expect(received.match(/d8:complete/g)).toHaveLength(3);
  });

  test('scrapes can be bent, too', async () => {
    tracker = await startMockTracker({
      scenario: { rules: [{ when: { request: 'scrape' }, do: { reply: { failure: 'no' } } }] },
    });
    const { body } = await get(tracker.port, `/scrape?info_hash=${'h'.repeat(20)}`);
    expect(body).toBe('d14:failure reason2:noe');
  });
});

function unchunked(body: string): string {
  let text = '';
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.slice(at, lineEnd), 16);
    if (size === 0) {
      expect(body.slice(lineEnd)).toBe('\r\n\r\n');
      return text;
    }
    text += body.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
