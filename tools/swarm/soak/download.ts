import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TorrentNotice } from '@unchoke/client';
import { Client, type ClientTorrent } from '@unchoke/client/node';
import type { randomTorrent } from '@unchoke/mock-peer';
import { type LoopDelay, LoopWatch } from './loop-watch.js';

export interface Download extends LoopDelay {
  readonly seconds: number;
  readonly isExact: boolean;
  /** Ports of peers that were banned. */
  readonly banned: readonly number[];
  readonly rejectedPieces: number;
  readonly rssMaxMiB: number;
  readonly rssGrowthMiB: number;
}

type Peers = readonly { readonly host: string; readonly port: number }[];

/** Downloads a torrent of `randomTorrent` from these peers, and measures this process meanwhile. */
export async function measureDownload(
  { torrentFile, torrent, content }: ReturnType<typeof randomTorrent>,
  peers: Peers,
  during: (torrent: ClientTorrent, client: Client) => Promise<void> | void = () => undefined,
): Promise<Download> {
  const folder = mkdtempSync(join(tmpdir(), 'unchoke-soak-'));
  const client = new Client({ bind: '127.0.0.1' });
  const loop = new LoopWatch();
  const rssAtStart = process.memoryUsage.rss();
  let rssMax = rssAtStart;
  const watch = setInterval(() => {
    rssMax = Math.max(rssMax, process.memoryUsage.rss());
  }, 100);
  try {
    const startMs = performance.now();
    const notices: TorrentNotice[] = [];
    const added = await client.add(torrentFile, { path: folder, trackers: [], peers });
    added.onNotice((notice) => {
      if (notice.type === 'peer-banned' || notice.type === 'piece-rejected') notices.push(notice);
    });
    await Promise.all([added.done, during(added, client)]);
    const seconds = (performance.now() - startMs) / 1000;
    const { delay } = loop;
    return {
      seconds,
      isExact: isSame(join(folder, torrent.name), content),
      banned: notices.flatMap((notice) => (notice.type === 'peer-banned' ? [notice.address.port] : [])),
      rejectedPieces: notices.filter(({ type }) => type === 'piece-rejected').length,
      rssMaxMiB: Math.round(rssMax / 1_048_576),
      rssGrowthMiB: Math.round((rssMax - rssAtStart) / 1_048_576),
      ...delay,
    };
  } finally {
    clearInterval(watch);
    loop.end();
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A MiB at a time: this process is measured again. */
function isSame(path: string, content: ReturnType<typeof randomTorrent>['content']): boolean {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(1_048_576);
  try {
    for (let offset = 0; offset < content.length; offset += bytes.length) {
      const count = readSync(file, bytes, 0, bytes.length, offset);
      const truth = content.read(offset, Math.min(bytes.length, content.length - offset));
      if (!bytes.subarray(0, count).equals(truth)) return false;
    }
    return true;
  } finally {
    closeSync(file);
  }
}
