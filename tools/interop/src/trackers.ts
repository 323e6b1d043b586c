import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metainfo } from '@unchoke/metainfo';
import { startMockTracker } from '@unchoke/mock-tracker';
import { announce, scrape } from '@unchoke/tracker/node';
import { wireInfoHash } from './content.js';
import { kill, OURS, startOn } from './host.js';
import { hasNpm, npmNode, npmScript } from './npm-programs.js';
import { has } from './programs.js';
import type { Stage } from './stage.js';

export const SCHEMES = ['http', 'udp'] as const;

/** A tracker that can be started for a torrent, and where it then is. */
export interface TrackerKind {
  readonly name: string;
  readonly isInstalled: boolean;
  readonly families: Readonly<Record<(typeof SCHEMES)[number], readonly ('IPv4' | 'IPv6')[]>>;
  start(stage: Stage, address: string, port: number, metainfo: Metainfo): Promise<void>;
}

const ours: TrackerKind = {
  name: 'our mock-tracker',
  isInstalled: true,
  families: { http: ['IPv4', 'IPv6'], udp: ['IPv4', 'IPv6'] },
  async start(stage, host, port) {
    const tracker = await startMockTracker({ host, port, intervalS: 2, peerLifeMs: 600_000 });
    stage.after(() => tracker.close());
  },
};

/** Debian's build serves IPv4 and listed torrents only, and gives up its privileges before it reads the list. */
const opentracker: TrackerKind = {
  name: 'opentracker',
  isInstalled: has('opentracker'),
  families: { http: ['IPv4'], udp: ['IPv4'] },
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

/** Both its sockets for UDP have to be bound to something: the one that nobody asks to loopback. */
const BITTORRENT_TRACKER = `
import { Server } from 'bittorrent-tracker';
const [host, port] = process.argv.slice(2);
const [udp, udp6] = host.includes(':') ? ['127.0.0.1', host] : [host, '::1'];
new Server({ ws: false, stats: false, interval: 2_000 }).listen(Number(port), { http: host, udp, udp6 });
`;

const bittorrentTracker: TrackerKind = {
  name: 'bittorrent-tracker',
  isInstalled: hasNpm('bittorrent-tracker'),
  // Over UDP it names no peers to those who come over IPv6.
  families: { http: ['IPv4', 'IPv6'], udp: ['IPv4'] },
  async start(stage, host, port, metainfo) {
    const script = npmScript('bittorrent-tracker', BITTORRENT_TRACKER);
    const program = startOn(OURS, npmNode, [script, host, String(port)]);
    stage.after(() => kill(program));
    await answers(host, port, metainfo);
  },
};

export const TRACKERS: readonly TrackerKind[] = [ours, opentracker, bittorrentTracker];

export function announceUrl(scheme: (typeof SCHEMES)[number], address: string, port: number): string {
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}/announce`;
}

/** How many seeds a tracker knows. It is asked over UDP: over HTTP bittorrent-tracker answers for another info-hash. */
export async function seedsOf(address: string, port: number, metainfo: Metainfo): Promise<number> {
  const [swarm] = await scrape(announceUrl('udp', address, port), [wireInfoHash(metainfo)]).catch(() => []);
  return swarm?.complete ?? 0;
}

/** It says nothing when it is ready; asking is the only way to know. Somebody who leaves changes nothing. */
async function answers(host: string, port: number, metainfo: Metainfo): Promise<void> {
  const infoHash = wireInfoHash(metainfo);
  const nobody = { infoHash, peerId: new Uint8Array(20), port: 1, uploaded: 0, downloaded: 0, left: 1 };
  for (const scheme of SCHEMES) {
    const url = announceUrl(scheme, host, port);
    const ask = () => announce(url, { ...nobody, event: 'stopped' }, { timeoutMs: 500 }).catch(() => undefined);
    while ((await ask()) === undefined) await sleep(50);
  }
}
