import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startMockTracker } from '@unchoke/mock-tracker';
import { type AbuseOrder, HOSTILE } from './tracker-abuse.js';

// A process of its own, so that what a bomb costs to make is not counted as ours.
process.once('message', async ({ infoHash, truth }: AbuseOrder) => {
  let visits = 0;
  const forbidden = createServer((_, response) => {
    visits++;
    response.end();
  });
  await new Promise<void>((resolve) => forbidden.listen(0, '127.0.0.1', resolve));
  const { port } = forbidden.address() as AddressInfo;
  const only = { only: [truth] };
  // Who asks says in its peer id which of them it wants to meet.
  const rules = HOSTILE.map(({ name, http, udp }) => ({
    when: { infoHash, peerId: peerIdOf(name), ...(udp === undefined ? {} : { protocol: 'udp' as const }) },
    do: { reply: { peers: only }, ...(udp === undefined ? { http: http!(port) } : { udp }) },
  }));
  const tracker = await startMockTracker({
    scenario: { rules: [...rules, { do: { reply: { peers: only } } }] },
    requestsKept: 0,
  });
  process.on('message', () => process.send!(visits));
  process.send!({ http: tracker.announceUrl, udp: tracker.udpUrl });
});
process.once('disconnect', () => process.exit());

function peerIdOf(name: string): string {
  return name.padEnd(20, '-').slice(0, 20);
}
