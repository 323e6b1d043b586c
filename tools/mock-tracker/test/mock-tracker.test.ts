import { createServer } from 'node:net';
import { announce, scrape } from '@unchoke/tracker/node';
import { afterEach, describe, expect, test } from 'vitest';
import { type MockTracker, MockTrackerError, type MockTrackerOptions, startMockTracker } from '../src/index.js';
import { announceTarget, get, rawHttp, UdpClient, udpAnnounce } from './support/clients.js';

let tracker: MockTracker | undefined;
const clients: UdpClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await tracker?.close();
  tracker = undefined;
});

async function start(options: MockTrackerOptions = {}): Promise<MockTracker> {
  tracker = await startMockTracker(options);
  return tracker;
}

function udpClient(port: number, host?: string): UdpClient {
  const client = new UdpClient(port, host);
  clients.push(client);
  return client;
}

describe('a whole tracker', () => {
  test('HTTP and UDP share one port and one swarm', async () => {
    const { port, swarm } = await start();
    await get(port, announceTarget({ peerId: 'a'.repeat(20), port: 0x1a01, left: 0 }));
    const client = udpClient(port);
    const reply = await client.ask(udpAnnounce(await client.connectionId(), { peerId: 'b'.repeat(20), port: 0x1a02 }));
    expect(reply.toString('hex')).toBe('00000001000000070000003c00000001000000017f0000011a01');
    const { body } = await get(port, announceTarget({ peerId: 'c'.repeat(20), port: 0x1a03, left: 0 }));
    // A seed is given the leech only.
    expect(body).toBe('d8:completei2e10:downloadedi0e10:incompletei1e8:intervali60e5:peers6:\x7f\0\0\x01\x1a\x02e');
    expect(swarm('68'.repeat(20))).toMatchObject({ complete: 2, incomplete: 1, peers: [{ isSeed: true }, {}, {}] });
  });

  test('both families on one port', async () => {
    const { port } = await start({ host: ['127.0.0.1', '::1'] });
    await get(port, announceTarget({ peerId: 'a'.repeat(20), port: 0x1a01 }), '::1');
    const { body } = await get(port, announceTarget({ peerId: 'b'.repeat(20), port: 0x1a02 }), '::1');
    expect(body).toContain(`5:peers0:6:peers618:${'\0'.repeat(15)}\x01\x1a\x01e`);
    const client = udpClient(port, '::1');
    const reply = await client.ask(udpAnnounce(await client.connectionId(), { peerId: 'b'.repeat(20), port: 0x1a02 }));
    expect(reply.subarray(20).toString('hex')).toBe('000000000000000000000000000000011a01');
    const onIpv4 = await get(port, announceTarget({ peerId: 'c'.repeat(20) }));
    expect(onIpv4.body).toContain('5:peers0:e');
  });

  test('everywhere, in both families: each has its socket, and both are reached on this machine', async () => {
    const { port, urls } = await start({ host: ['0.0.0.0', '::'] });
    expect(urls.map(({ announceUrl }) => announceUrl)).toEqual([
      `http://127.0.0.1:${port}/announce`,
      `http://[::1]:${port}/announce`,
    ]);
    for (const { announceUrl } of urls) expect((await fetch(`${announceUrl}?x`)).status).toBe(200);
  });

  test('an IPv4 client of a socket for both families is an IPv4 peer', async () => {
    const { port } = await start({ host: '::' });
    await get(port, announceTarget({ peerId: 'a'.repeat(20), port: 0x1a01 }));
    expect((await get(port, announceTarget({}))).body).toContain('5:peers6:\x7f\0\0\x01\x1a\x01e');
  });

  test.each(['http', 'udp'] as const)('@unchoke/tracker gets its peers and counts over %s', async (protocol) => {
    const { announceUrl, udpUrl } = await start();
    const url = protocol === 'http' ? announceUrl : udpUrl;
    const infoHash = new Uint8Array(20).map((_, index) => index * 13);
    const totals = { uploaded: 1, downloaded: 2, left: 3, event: 'started' } as const;
    for (let peer = 1; peer <= 3; peer++) {
      const peerId = new Uint8Array(20).fill(peer);
      const { peers, incomplete } = await announce(url, { infoHash, peerId, port: 7_000 + peer, ...totals });
      expect(incomplete).toBe(peer);
      const ports = [...peers].map(({ host, port }) => `${host}:${port}`);
      expect(ports.sort()).toEqual(Array.from({ length: peer - 1 }, (_, index) => `127.0.0.1:${7_001 + index}`));
    }
    const [counts] = await scrape(url, [infoHash]);
    expect(counts).toMatchObject({ complete: 0, incomplete: 3, downloaded: 0 });
    expect(tracker!.requests.find(({ request }) => request.kind === 'announce')).toMatchObject({
      protocol,
      request: {
        infoHash: Buffer.from(infoHash).toString('hex'),
        uploaded: 1,
        downloaded: 2,
        left: 3,
        event: 'started',
      },
      reply: { type: 'peers', intervalS: 60 },
    });
  });

  test('a local client may say that it listens elsewhere, in either family', async () => {
    const { port } = await start();
    await get(port, announceTarget({ peerId: 'a'.repeat(20), port: 1, more: '&ip=10.1.2.3&ipv6=2001:db8::1' }));
    const { body } = await get(port, announceTarget({ peerId: 'b'.repeat(20), more: '&ipv6=2001:db8::2' }));
    expect(body).toContain(`5:peers6:\x0a\x01\x02\x03\0\x01`);
    expect(body).toContain('6:peers618: \x01\x0d\xb8');
  });
});

describe('as a library', () => {
  test('the latest requests are kept', async () => {
    await start({ requestsKept: 2 });
    for (const port of [1, 2, 3, 4, 5]) await get(tracker!.port, announceTarget({ port }));
    expect(tracker!.requests.map(({ request }) => request.port)).toEqual([4, 5]);
  });

  test('rules can be replaced, and are checked', async () => {
    const { port, setScenario } = await start();
    setScenario({ rules: [{ do: { http: { status: 500 } } }] });
    expect((await get(port, announceTarget({}))).status).toBe(500);
    expect(() => setScenario({ rules: [{ do: { http: { status: 1 } } }] })).toThrow(MockTrackerError);
    setScenario({ rules: [] });
    expect((await get(port, announceTarget({}))).status).toBe(200);
  });

  test('closing ends connections that wait, and may be repeated', async () => {
    const { port, close } = await start({ scenario: { rules: [{ do: { http: { silence: true } } }] } });
    const silent = rawHttp(port, `GET ${announceTarget({})} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const halfOpen = rawHttp(port, 'GET /ann');
    while (tracker!.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([close(), close()]);
    await close();
    await Promise.all([silent, halfOpen]);
  });

  test('a port that is taken, a host that is none, a hash that is none', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    await expect(startMockTracker({ port })).rejects.toThrow(`cannot listen on 127.0.0.1 port ${port}: `);
    await new Promise((resolve) => holder.close(resolve));
    await expect(startMockTracker({ host: 'localhost' })).rejects.toThrow('expected an IP address, found "localhost"');
    await expect(startMockTracker({ host: [] })).rejects.toThrow('host: expected at least one address');
    const { swarm } = await start();
    expect(() => swarm('abc')).toThrow('infoHash: expected 20 bytes or 40 hexadecimal digits, found "abc"');
    expect(swarm(new Uint8Array(20))).toBeUndefined();
  });
});

describe('the stats page', () => {
  test('for programs', async () => {
    const { port } = await start({ scenario: { rules: [{ name: 'r', when: { event: 'stopped' }, do: {} }] } });
    await get(port, announceTarget({ left: 0 }));
    await get(port, '/nowhere');
    const { body, headers } = await get(port, '/stats.json');
    expect(headers.get('content-type')).toBe('application/json');
    expect(JSON.parse(body)).toMatchObject({
      peerCount: 1,
      swarmCount: 1,
      requests: { httpAnnounces: 1, refused: 1 },
      rules: [{ name: 'r', met: 0, applied: 0 }],
      swarms: [{ infoHash: '68'.repeat(20), complete: 1, peers: [{ addresses: ['127.0.0.1:6881'], isSeed: true }] }],
    });
  });

  test('for people: nothing in it can run, whatever peers and rules are called', async () => {
    const name = '<script>alert(1)</script>&"\'';
    const { port } = await start({ scenario: { rules: [{ name, do: {} }] } });
    await get(port, announceTarget({ peerId: '%3Cscript%3E%00%0A%22%27%26pppppp' }));
    const { body, headers } = await get(port, '/stats');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(body).not.toContain('<script');
    expect(body).toContain('&#60;script&#62;alert(1)');
  });

  test('not under a name that somebody else controls', async () => {
    const { port } = await start();
    const asked = (host: string): Promise<string> =>
      rawHttp(port, `GET /stats HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await asked('evil.example')).toContain('403 Forbidden');
    expect(await asked('127.0.0.1.evil.example')).toContain('403 Forbidden');
    for (const host of ['127.0.0.1:1', '[::1]', 'localhost:80']) expect(await asked(host)).toContain('200 OK');
  });
});
