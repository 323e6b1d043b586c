import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { Client } from '@unchoke/client/node';
import { randomTorrent } from '@unchoke/mock-peer';
import { forkSource } from './crowd.js';
import { PIECE_LENGTH, scratchFolder, seedOne } from './seeding.js';

/** What the process of those who come and go is told. */
export interface ChurnOrder {
  /** As `randomTorrent` takes them; the peers are spread over them evenly. */
  readonly contents: readonly string[];
  readonly pieceLength: number;
  /** So many at any time. */
  readonly peers: number;
  /** How long one stays, on average. */
  readonly stayMs: number;
  readonly us: { readonly host: string; readonly port: number };
}

export interface Churn {
  readonly minutes: number;
  readonly visits: number;
  /** Torrents that were downloaded, removed and added again. */
  readonly downloads: number;
  readonly peersMean: number;
  /** Of the least in each minute, after the first quarter and at most 15 minutes. */
  readonly rssSlopeMiBPerHour: number;
  /** The same of what is alive: JavaScript objects and buffers. */
  readonly heapSlopeMiBPerHour: number;
  /** The least in each minute. */
  readonly rssMiB: readonly number[];
  readonly rssMaxMiB: number;
  /** Descriptors that are no connection to a peer, in the middle of the first and of the last quarter. */
  readonly descriptors: readonly [number, number];
  /** That are left when it is closed, beyond those of the start. */
  readonly handlesLeft: number;
}

interface Sample {
  readonly minute: number;
  readonly rss: number;
  readonly heap: number;
  readonly descriptors: number;
  readonly peers: number;
}

const MIB = 1_048_576;
const SAMPLE_MS = 1_000;
/** Enough to do without a pause, and no more than leaves the machine to others. */
const RATE = 4 * MIB;

/** T15: four torrents seeded, a fifth downloaded, removed and added again, while 200 peers come and go. */
export async function sufferChurn(minutes: number, peers = 220, stayMs = 30_000): Promise<Churn> {
  const handlesAtStart = process.getActiveResourcesInfo().length;
  const folder = scratchFolder();
  const client = new Client({ bind: '127.0.0.1', maxUploadRate: RATE, maxDownloadRate: RATE });
  const contents = Array.from({ length: 5 }, (_, index) => `16MiB:${150 + index}`);
  const child = forkSource('./churn-process.ts');
  const heard = () => new Promise<unknown>((resolve) => child.once('message', resolve));
  let downloads = 0;
  const samples: Sample[] = [];
  let visits = 0;
  try {
    const us = { host: '127.0.0.1', port: await client.listen() };
    child.send({ contents, pieceLength: PIECE_LENGTH, peers, stayMs, us } satisfies ChurnOrder);
    const trackers = [[String(await heard())]];
    const end = AbortSignal.timeout(minutes * 60_000);
    const ended = new Promise<void>((resolve) => {
      end.addEventListener('abort', () => resolve(), { once: true });
    });
    const seeded = contents.slice(0, -1).map((content) => seedOne(client, join(folder, 'seed'), content, trackers));
    await Promise.all(seeded);
    const rounds = contents.slice(-1).map(async (content) => {
      const { torrentFile } = randomTorrent(content, { pieceLength: PIECE_LENGTH });
      while (!end.aborted) {
        const torrent = await client.add(torrentFile, { path: join(folder, 'out'), trackers });
        await Promise.race([torrent.done, ended]);
        if (!end.aborted) downloads++;
        await torrent.remove({ deleteData: true });
      }
    });
    const startMs = performance.now();
    while (!end.aborted) {
      samples.push(sample((performance.now() - startMs) / 60_000, client));
      await after(SAMPLE_MS);
    }
    await Promise.allSettled(rounds);
    child.send('how many?');
    visits = Number(await heard());
  } finally {
    child.kill('SIGKILL');
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  }
  await after(SAMPLE_MS);
  return { minutes, visits, downloads, ...judge(samples, minutes), handlesLeft: handlesLeft(handlesAtStart) };
}

function sample(minute: number, client: Client): Sample {
  const { rss, heapUsed, external } = process.memoryUsage();
  const peers = client.torrents.reduce((sum, { status }) => sum + status.peers.length, 0);
  const descriptors = readdirSync('/proc/self/fd').length - peers;
  return { minute, rss: rss / MIB, heap: (heapUsed + external) / MIB, descriptors, peers };
}

function judge(samples: readonly Sample[], minutes: number) {
  const warmMinutes = Math.min(15, minutes / 4);
  const warm = samples.filter(({ minute }) => minute >= warmMinutes);
  const least = new Map<number, { rss: number; heap: number }>();
  for (const { minute, rss, heap } of samples) {
    const { rss: rssLeast, heap: heapLeast } = least.get(Math.floor(minute)) ?? { rss, heap };
    least.set(Math.floor(minute), { rss: Math.min(rss, rssLeast), heap: Math.min(heap, heapLeast) });
  }
  const late = [...least].filter(([minute]) => minute >= warmMinutes);
  const perHour = (values: readonly (readonly [number, number])[]) => Math.round(slope(values) * 60 * 10) / 10;
  const quarter = Math.floor(samples.length / 4);
  const middle = (some: readonly Sample[]) => median(some.map(({ descriptors }) => descriptors));
  return {
    peersMean: Math.round(warm.reduce((sum, { peers }) => sum + peers, 0) / warm.length),
    rssSlopeMiBPerHour: perHour(late.map(([minute, { rss }]) => [minute, rss])),
    heapSlopeMiBPerHour: perHour(late.map(([minute, { heap }]) => [minute, heap])),
    rssMiB: [...least.values()].map(({ rss }) => Math.round(rss)),
    rssMaxMiB: Math.round(Math.max(...samples.map(({ rss }) => rss))),
    descriptors: [middle(samples.slice(0, quarter)), middle(samples.slice(-quarter))] as const,
  };
}

/** Least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (pick: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean(([at]) => at), mean(([, value]) => value)];
  return mean(([at, value]) => (at - x) * (value - y)) / mean(([at]) => (at - x) ** 2);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function handlesLeft(atStart: number): number {
  return process.getActiveResourcesInfo().length - atStart;
}
