import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { createTorrent } from '@unchoke/metainfo/node';
import { formatBytes, printable } from './format.js';

export interface CreateCommandOptions {
  readonly out?: string;
  readonly tracker: readonly string[];
  readonly comment?: string;
  readonly private?: boolean;
  readonly source?: string;
  readonly pieceLength?: number;
  readonly torrentVersion?: 'v1' | 'v2' | 'hybrid';
}

/** Makes a torrent of a file or a folder. */
export async function create(path: string, options: CreateCommandOptions): Promise<void> {
  const { out = `${basename(resolve(path))}.torrent`, tracker, comment, source, pieceLength, torrentVersion } = options;
  const torrent = await createTorrent(path, {
    trackerTiers: tracker.map((url) => [url]),
    isPrivate: options.private === true,
    ...(comment === undefined ? {} : { comment }),
    ...(source === undefined ? {} : { source }),
    ...(pieceLength === undefined ? {} : { pieceLength }),
    ...(torrentVersion === undefined ? {} : { version: torrentVersion }),
  });
  // Never over a file that is there: it may be somebody's only copy of a torrent.
  await writeFile(out, torrent.bytes, { flag: 'wx' });
  const { infoHash, infoHashV2, contentLength, pieceCount } = torrent.metainfo;
  const hash = Buffer.from(infoHash ?? infoHashV2 ?? new Uint8Array(0)).toString('hex');
  process.stdout.write(`${printable(out)}: ${hash}, ${formatBytes(contentLength)} in ${pieceCount} pieces\n`);
}
