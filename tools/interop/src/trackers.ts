import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metainfo } from '@unchoke/metainfo';
import { startMockTracker } from '@unchoke/mock-tracker';
import { scrape } from '@unchoke/tracker/node';
import { wireInfoHash } from './content.js';
import { kill, OURS, startOn } from './host.js';
import { has } from './programs.js';
import type { Stage } from './stage.js';

export const SCHEMES = ['http', 'udp'] as const;

/** A tracker that can be started for a torrent, and where it then is. */
export interface TrackerKind {
  readonly name: string;
  readonly isInstalled: boolean;
  /** Debian's opentracker is built for IPv4 only. */
  readonly families: readonly ('IPv4' | 'IPv6')[];
  start(stage: Stage, address: string, port: number, metainfo: Metainfo): Promise<void>;
}

const ours: TrackerKind = {
  name: 'our mock-tracker',
  isInstalled: true,
  families: ['IPv4', 'IPv6'],
  async start(stage, host, port) {
    const tracker = await startMockTracker({ host, port, intervalS: 2, peerLifeMs: 600_000 });
    stage.after(() => tracker.close());
  },
};

/** Debian's build serves listed torrents only, and gives up its privileges before it reads the list. */
const opentracker: TrackerKind = {
  name: 'opentracker',
  isInstalled: has('opentracker'),
  families: ['IPv4'],
  async start(stage, host, port, metainfo) {
    const folder = await stage.newFolder();
    await chmod(stage.folder, 0o755);
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'list'), `${Buffer.from(wireInfoHash(metainfo)).toString('hex')}\n`);
    const place = ['-i', host, '-p', String(port), '-P', String(port)];
    const program = startOn(OURS, 'opentracker', [...place, '-d', folder, '-w', 'list']);
    stage.after(() => kill(program));
    await answers(host, port, metainfo);
  },
};

export const TRACKERS: readonly TrackerKind[] = [ours, opentracker];

export function announceUrl(scheme: (typeof SCHEMES)[number], address: string, port: number): string {
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}/announce`;
}

/** How many seeds a tracker knows. */
export async function seedsOf(url: string, metainfo: Metainfo): Promise<number> {
  const [swarm] = await scrape(url, [wireInfoHash(metainfo)]).catch(() => []);
  return swarm?.complete ?? 0;
}

/** It says nothing when it is ready; asking is the only way to know. */
async function answers(host: string, port: number, metainfo: Metainfo): Promise<void> {
  for (const scheme of SCHEMES) {
    const url = announceUrl(scheme, host, port);
    while ((await scrape(url, [wireInfoHash(metainfo)], { timeoutMs: 500 }).catch(() => undefined)) === undefined) {
      await sleep(50);
    }
  }
}
