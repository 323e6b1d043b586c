import { readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { Client } from '@unchoke/client/node';
import { forkSource } from './crowd.js';
import { scratchFolder, seedOne } from './seeding.js';

/** What the process that storms is told. */
export interface StormOrder {
  readonly port: number;
  /** Connections that are closed as soon as they are open. */
  readonly connectsPerSecond: number;
  /** Connections that say nothing, or half a handshake; whoever is cut comes again after a second. */
  readonly halfOpen: number;
}

export interface Storm {
  readonly closed: number;
  readonly halfOpenDials: number;
  readonly honestHandshakes: number;
  /** From the dial to our handshake. */
  readonly honestMaxMs: number;
  readonly rssGrowthMiB: number;
  /** At the start, the most during the storm, and when it is over. */
  readonly descriptors: readonly [number, number, number];
}

const HANDSHAKE_BYTES = 68;
const PAUSE_MS = 250;

/** T7: an honest peer shakes hands again and again, until the storm has closed so many connections. */
export async function sufferStorm(closedMin: number, seconds: number, halfOpen: number): Promise<Storm> {
  const folder = scratchFolder();
  const client = new Client({ bind: '127.0.0.1' });
  const storm = forkSource('./storm-process.ts');
  const ask = (order: unknown) =>
    new Promise<unknown>((resolve) => {
      storm.once('message', resolve);
      storm.send(order as object);
    });
  try {
    const infoHash = await seedOne(client, folder, '1MiB:7');
    const port = await client.listen();
    await shakeHands(port, infoHash);
    const [descriptorsAtStart, rssAtStart] = [await settled(descriptors), process.memoryUsage.rss()];
    let [honestHandshakes, honestMaxMs, rssMax, descriptorsMax] = [0, 0, 0, 0];
    await ask({ port, connectsPerSecond: closedMin / seconds, halfOpen } satisfies StormOrder);
    let counts = { closed: 0, halfOpenDials: 0 };
    while (counts.closed < closedMin) {
      honestMaxMs = Math.max(honestMaxMs, await shakeHands(port, infoHash));
      honestHandshakes++;
      rssMax = Math.max(rssMax, process.memoryUsage.rss());
      descriptorsMax = Math.max(descriptorsMax, descriptors());
      await after(Math.min(PAUSE_MS, (seconds * 1000) / 10));
      counts = (await ask('how many?')) as typeof counts;
    }
    storm.kill('SIGKILL');
    const atEnd = await settled(descriptors, descriptorsAtStart);
    return {
      ...counts,
      honestHandshakes,
      honestMaxMs: Math.round(honestMaxMs),
      rssGrowthMiB: Math.round((rssMax - rssAtStart) / 1_048_576),
      descriptors: [descriptorsAtStart, descriptorsMax, atEnd],
    };
  } finally {
    storm.kill('SIGKILL');
    await client.close();
    rmSync(folder, { recursive: true });
  }
}

/** How long until the other side has sent its handshake, too. */
function shakeHands(port: number, infoHash: Uint8Array): Promise<number> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    let received = 0;
    const socket = connect(port, '127.0.0.1');
    const greeting = [Buffer.from('\x13BitTorrent protocol'), Buffer.alloc(8), infoHash, Buffer.alloc(20, 'h')];
    socket.write(Buffer.concat(greeting));
    socket.on('data', ({ length }: Buffer) => {
      received += length;
      if (received < HANDSHAKE_BYTES) return;
      socket.destroy();
      resolve(performance.now() - startMs);
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`closed after ${received} bytes of its handshake`)));
  });
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Waits until a number is what it should be, or no longer changes for ten seconds. */
async function settled(read: () => number, wanted?: number): Promise<number> {
  let value = read();
  for (let calm = 0; calm < 100 && value !== wanted; calm++) {
    await after(100);
    const now = read();
    if (now !== value) calm = 0;
    else if (wanted === undefined && calm >= 5) break;
    value = now;
  }
  return value;
}
