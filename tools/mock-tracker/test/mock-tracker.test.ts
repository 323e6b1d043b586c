import { afterEach, expect, test } from 'vitest';
import { type MockTracker, type MockTrackerOptions, startMockTracker } from '../src/index.js';
import { announceTarget, get, UdpClient, udpAnnounce } from './support/clients.js';

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

test('HTTP and UDP share one port and one swarm', async () => {
  const { port, swarm } = await start();
  await get(port, announceTarget({ peerId: 'a'.repeat(20), port: 0x1a01, left: 0 }));
  const client = udpClient(port);
  const reply = await client.ask(udpAnnounce(await client.connectionId(), { peerId: 'b'.repeat(20), port: 0x1a02 }));
  expect(reply.toString('hex')).toBe(
    ['00000001', '00000007', '0000003c', '00000001', '00000001', '7f0000011a01'].join(''),
  );
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
