import { afterEach, expect, test } from 'vitest';
import { type AnnounceRequest, decodeUdpRequest } from '../src/index.js';
import { announce, scrape, UdpTransport } from '../src/node/index.js';
import { hex } from './samples.js';
import { type HandMade, numbers, politeUdp, serveUdp, type UdpHand } from './servers.js';

const HASH = new Uint8Array(20).fill(5);
const request: AnnounceRequest = { infoHash: HASH, peerId: HASH, port: 6881, uploaded: 0, downloaded: 0, left: 1 };
const V4 = hex('7f000001 1ae1 08080808 0000');
const V6 = hex('00000000000000000000000000000001 1ae1');

/** Too long a label for any name: the resolver refuses it by itself, and nobody waits for a name server. */
const NO_NAME = `${'x'.repeat(64)}.invalid`;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

async function tracker(hand: UdpHand, host?: string): Promise<HandMade & { readonly url: string }> {
  const server = await serveUdp(hand, host);
  open.push(server);
  return { ...server, url: `udp://${host === '::1' ? '[::1]' : '127.0.0.1'}:${server.port}/announce?key=ü` };
}

test('an announce over IPv4 and IPv6, with path and query along', async () => {
  const urls: (string | undefined)[] = [];
  const listening =
    (peers: Uint8Array): UdpHand =>
    (packet, reply, from) => {
      const message = decodeUdpRequest(packet);
      if (message.type === 'announce') urls.push(message.urlData);
      politeUdp(peers)(packet, reply, from);
    };
  const four = await tracker(listening(V4));
  const answer = await announce(four.url, request);
  expect([...answer.peers]).toEqual([{ host: '127.0.0.1', port: 6881 }]);
  expect(answer).toMatchObject({
    intervalS: 1800,
    incomplete: 3,
    complete: 4,
    trackerHost: '127.0.0.1',
    droppedPeerCount: 1,
  });
  const six = await tracker(listening(V6), '::1');
  expect([...(await announce(six.url, request)).peers]).toEqual([{ host: '::1', port: 6881 }]);
  expect(urls).toEqual(['/announce?key=%C3%BC', '/announce?key=%C3%BC']);
});

test('a scrape takes as many datagrams as it needs', async () => {
  const { url, seen } = await tracker(politeUdp(V4));
  const counts = await scrape(
    url,
    Array.from({ length: 80 }, (_, index) => new Uint8Array(20).fill(index)),
  );
  expect(counts).toHaveLength(80);
  expect(counts[79]).toEqual({ complete: 79, downloaded: 80, incomplete: 81 });
  expect(seen.filter((kind) => kind === 'scrape')).toHaveLength(2);
});

test('a transport connects once for many, and can be closed', async () => {
  const { url, seen } = await tracker(politeUdp(V4));
  const udp = new UdpTransport();
  open.push(udp);
  await Promise.all([announce(url, request, { udp }), announce(url, request, { udp }), scrape(url, [HASH], { udp })]);
  await announce(url, request, { udp });
  expect(seen.toSorted()).toEqual(['announce', 'announce', 'announce', 'connect', 'scrape']);
  const silent = await tracker(() => {});
  const waiting = announce(silent.url, request, { udp });
  const ended = expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  await until(() => silent.seen.length > 0);
  udp.close();
  await ended;
  await expect(announce(url, request, { udp })).rejects.toMatchObject({ code: 'aborted' });
});

test('a tracker that refuses, is not there, or says nothing', async () => {
  const refusing = await tracker((packet, reply) =>
    reply(Buffer.concat([numbers(3), packet.subarray(12, 16), Buffer.from('no')])),
  );
  await expect(announce(refusing.url, request)).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('no'),
  });
  const silent = await tracker(() => {});
  await expect(announce(silent.url, request, { timeoutMs: 30 })).rejects.toMatchObject({ code: 'timed-out' });
  const controller = new AbortController();
  const ending = await tracker(() => controller.abort());
  await expect(announce(ending.url, request, { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  const gone = await serveUdp(() => {});
  await gone.close();
  await expect(announce(`udp://127.0.0.1:${gone.port}`, request)).rejects.toMatchObject({ code: 'unreachable' });
});

test('datagrams that are no answer are passed over', async () => {
  const { url } = await tracker((packet, reply, from) => {
    reply(Buffer.alloc(0));
    reply(Buffer.from('junk'));
    reply(Buffer.concat([numbers(0, packet.readUInt32BE(12) ^ 1), Buffer.alloc(8)]));
    politeUdp(V4)(packet, reply, from);
  });
  expect((await announce(url, request)).peers.count).toBe(1);
});

test('what is no address of a tracker is refused', async () => {
  for (const url of ['udp://127.0.0.1', 'udp://127.0.0.1:0/', 'udp://:80/', 'udp://127.0.0.1:70000']) {
    await expect(announce(url, request)).rejects.toMatchObject({ code: 'bad-url' });
  }
  await expect(announce('udp://0.0.0.0:80', request)).rejects.toMatchObject({ code: 'target-refused' });
  await expect(announce(`udp://${NO_NAME}:80`, request)).rejects.toMatchObject({ code: 'no-address' });
  await expect(announce('udp://127.0.0.1:80', request, { family: 6 })).rejects.toMatchObject({ code: 'no-address' });
  await expect(announce('udp://127.0.0.1:80', { ...request, port: -1 })).rejects.toMatchObject({ code: 'bad-field' });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
