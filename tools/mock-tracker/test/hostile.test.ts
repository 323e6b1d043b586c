import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type MockTracker, startMockTracker } from '../src/index.js';
import { HttpConnection } from '../src/node/http-connection.js';
import { announceTarget, get, rawHttp, UdpClient, udpAnnounce } from './support/clients.js';

let tracker: MockTracker;
afterEach(() => tracker?.close());

describe('hostile HTTP', () => {
  test.each([
    ['POST /announce HTTP/1.1\r\n', '405 Method Not Allowed', 'only GET'],
    ['\x16\x03\x01\x02\0', '400 Bad Request', 'not HTTP'],
    [`GET /announce?${'x'.repeat(100_000)}`, '431 Request Header Fields Too Large', '8192 bytes'],
    ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n', '413 Content Too Large', 'no request bodies'],
  ])('%j is refused, and the connection closed', async (request, status, reason) => {
    tracker = await startMockTracker();
    const answer = await rawHttp(tracker.port, request);
    expect(answer).toContain(status);
    expect(answer).toContain(reason);
    expect(tracker.requests.at(-1)).toMatchObject({ request: { kind: 'malformed' }, reply: { type: 'refused' } });
    expect(tracker.stats().requests.refused).toBe(1);
  });

  test('an unknown path, and a query that is wrong, are answered; the connection may stay', async () => {
    tracker = await startMockTracker();
    const pipelined = ['/wp-login.php', '/announce?info_hash=%00', '/scrape'].map((target, index) => {
      const connection = index === 2 ? 'close' : 'keep-alive';
      return `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: ${connection}\r\n\r\n`;
    });
    const answer = await rawHttp(tracker.port, pipelined.join(''));
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 200', 'HTTP/1.1 200']);
    expect(answer).toContain('unknown path');
    expect(answer).toContain('14:failure reason34:info_hash has 1 bytes, expected 20e');
    expect(answer).toContain('a scrape needs at least one info_hash');
    expect(tracker.stats()).toMatchObject({ peerCount: 0, swarmCount: 0, requests: { failures: 2, refused: 1 } });
  });

  test('one connection too many is told so, and leaves room when it is gone', async () => {
    tracker = await startMockTracker({ connectionsMax: 1 });
    const first = connect({ port: tracker.port, host: '127.0.0.1' });
    first.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => first.once('data', resolve));
    expect(await rawHttp(tracker.port, '')).toContain('503 Service Unavailable');
    first.destroy();
    let status = 503;
    while (status === 503) ({ status } = await get(tracker.port, announceTarget({})));
    expect(status).toBe(200);
  });

  test('hundreds of pipelined requests that a rule answers', async () => {
    tracker = await startMockTracker({ scenario: { rules: [{ do: { reply: { warning: 'w' } } }] } });
    const one = (connection: string): string =>
      `GET ${announceTarget({})} HTTP/1.1\r\nHost: a\r\nConnection: ${connection}\r\n\r\n`;
    const received = await rawHttp(tracker.port, one('keep-alive').repeat(2_000) + one('close'));
    expect(received.match(/15:warning message1:w/g)).toHaveLength(2_001);
  });

  test('it does not matter where TCP cuts the requests', async () => {
    tracker = await startMockTracker();
    const requests = ['a', 'b', 'c'].map(
      (id, index) =>
        `GET ${announceTarget({ peerId: id.repeat(20) })} HTTP/1.1\r\nHost: a\r\nConnection: ${index === 2 ? 'close' : 'keep-alive'}\r\n\r\n`,
    );
    const whole = requests.join('');
    const socket = connect({ port: tracker.port, host: '127.0.0.1', noDelay: true });
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    for (const byte of whole) await new Promise<void>((resolve) => socket.write(byte, 'latin1', () => resolve()));
    await new Promise((resolve) => socket.on('close', resolve));
    expect(received.match(/incompletei\de/g)).toEqual(['incompletei1e', 'incompletei2e', 'incompletei3e']);
  });

  test('a half-closed client still gets its answer', async () => {
    tracker = await startMockTracker();
    const received = await new Promise<string>((resolve) => {
      const socket = connect({ port: tracker.port, host: '127.0.0.1', allowHalfOpen: true });
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
      });
      socket.on('end', () => resolve(text));
      socket.end(`GET ${announceTarget({})} HTTP/1.1\r\nHost: a\r\n\r\n`);
    });
    expect(received).toContain('5:peers0:e');
  });

  test('who never reads its answers is not read from either', async () => {
    tracker = await startMockTracker({ requestsKept: 0, scenario: { rules: [] } });
    for (let peer = 0; peer < 200; peer++) {
      await get(
        tracker.port,
        announceTarget({ peerId: `-XX0001-${String(peer).padStart(12, '0')}`, port: 1_000 + peer }),
      );
    }
    const request = `GET ${announceTarget({ more: '&numwant=200&compact=0' })} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const socket = connect({ port: tracker.port, host: '127.0.0.1' });
    socket.pause();
    // 40 MB of requests would bring 1 GB of answers. What fits into the buffers of the system is answered, no more.
    const flood = Buffer.from(request.repeat(200));
    let sentCount = 0;
    let isStuck = false;
    while (!isStuck && sentCount < 200_000) {
      sentCount += 200;
      if (!socket.write(flood)) isStuck = socket.writableLength > 8_000_000;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(isStuck).toBe(true);
    expect(tracker.stats().requests.httpAnnounces).toBeLessThan(sentCount);
    socket.destroy();
  });
});

test('the deadline of a connection is a total: only whole requests move it', async () => {
  let nowMs = 1_000;
  let connection: HttpConnection | undefined;
  const served = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  let accepted: Socket | undefined;
  const server = createServer((socket) => {
    accepted = socket;
    connection = new HttpConnection(socket, {
      nowMs: () => nowMs,
      answer: () => ({ type: 'send', bytes: served, keepAlive: true }),
      refuse: () => served,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket: Socket = connect({
    port: (server.address() as { port: number }).port,
    host: '127.0.0.1',
    noDelay: true,
  });
  const answered = (): Promise<unknown> => new Promise((resolve) => socket.once('data', resolve));
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  while (connection === undefined) await turn();
  // Ten seconds for the first head.
  expect(connection.deadlineMs).toBe(11_000);
  nowMs = 5_000;
  const first = answered();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await first;
  // A minute of idling from a whole request on.
  expect(connection.deadlineMs).toBe(65_000);
  nowMs = 20_000;
  // A whole request and the start of the next: ten seconds for the rest.
  const second = answered();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /');
  await second;
  expect(connection.deadlineMs).toBe(30_000);
  nowMs = 29_000;
  const third = answered();
  const readBefore = accepted!.bytesRead;
  socket.write(' HTTP/1.1\r\nHost: a\r\n');
  while (accepted!.bytesRead < readBefore + 20) await turn();
  // More of it, but not all of it, brings no time.
  expect(connection.deadlineMs).toBe(30_000);
  socket.write('\r\n');
  await third;
  expect(connection.deadlineMs).toBe(89_000);
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

describe('hostile UDP', () => {
  test('what is no request gets no answer; the next request does', async () => {
    tracker = await startMockTracker();
    const client = new UdpClient(tracker.port);
    const connectionId = await client.connectionId();
    const good = udpAnnounce(connectionId);
    const badEvent = Buffer.from(good);
    badEvent.writeUInt32BE(99, 80);
    const badAction = Buffer.from(good);
    badAction.writeUInt32BE(3, 8);
    const wrongProtocol = Buffer.alloc(16);
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(15), good.subarray(0, 97), badEvent, badAction, wrongProtocol])
      client.send(bytes);
    expect((await client.ask(good)).readUInt32BE(0)).toBe(1);
    expect(tracker.stats().requests).toMatchObject({ refused: 6, udpAnnounces: 1 });
    client.close();
  });

  test('a connection id that was made up is refused in fewer bytes than it came in', async () => {
    tracker = await startMockTracker();
    const client = new UdpClient(tracker.port);
    const reply = await client.ask(udpAnnounce(Buffer.alloc(8, 1)));
    expect(reply.readUInt32BE(0)).toBe(3);
    expect(reply.length).toBeLessThan(98);
    expect(tracker.stats().peerCount).toBe(0);
    client.close();
  });

  test('port 0 is refused, a full swarm says so', async () => {
    tracker = await startMockTracker({ swarmPeersMax: 1 });
    const client = new UdpClient(tracker.port);
    const connectionId = await client.connectionId();
    const text = (reply: Buffer): string => reply.toString('latin1', 8);
    expect(text(await client.ask(udpAnnounce(connectionId, { port: 0 })))).toContain('expected a port from 1 to 65535');
    await client.ask(udpAnnounce(connectionId));
    expect(text(await client.ask(udpAnnounce(connectionId, { peerId: 'q'.repeat(20) })))).toBe(
      'this swarm is full: it keeps 1 peers',
    );
    client.close();
  });
});
