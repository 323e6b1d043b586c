import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@unchoke/client/node';
import { randomTorrent } from '@unchoke/mock-peer';
import { writeContent } from '../src/truth.js';

/** Of all torrents of these scripts. */
export const PIECE_LENGTH = 131_072;

export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'unchoke-soak-'));
}

/** Seeds content of `randomTorrent` out of this folder; answers its info-hash. */
export async function seedOne(
  client: Client,
  folder: string,
  content: string,
  trackers: readonly (readonly string[])[] = [],
): Promise<Uint8Array> {
  const { torrentFile, torrent, content: truth } = randomTorrent(content, { pieceLength: PIECE_LENGTH });
  mkdirSync(folder, { recursive: true });
  await writeContent(join(folder, torrent.name), truth);
  await (await client.add(torrentFile, { path: folder, trackers })).done;
  return torrent.infoHash;
}
