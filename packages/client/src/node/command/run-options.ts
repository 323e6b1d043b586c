import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Metainfo } from '@unchoke/metainfo';
import type { PeerAddress } from '../../address-book.js';
import type { AddOptions, ClientOptions } from '../index.js';
import { definite } from './definite.js';
import { type Selection, selectedFiles } from './file-list.js';
import type { OutputOptions } from './output.js';
import type { ReadOptions } from './read-torrent-file.js';

/** What `download` and `seed` have in common. */
export interface RunOptions extends OutputOptions, ReadOptions, Selection {
  readonly out: string;
  readonly port: number;
  readonly bind?: string;
  readonly peer: readonly PeerAddress[];
  readonly tracker: readonly string[];
  readonly trackers: boolean;
  readonly maxDownloadRate?: number;
  readonly maxUploadRate?: number;
  readonly seedRatio?: number;
  readonly seedTime?: number;
  readonly sequential?: boolean;
  readonly timeout?: number;
  readonly stallTimeout?: number;
  readonly stateDir?: string;
  readonly log?: string;
  readonly list?: boolean;
}

export function clientOptions({
  port,
  bind,
  out,
  stateDir,
  maxDownloadRate,
  maxUploadRate,
}: RunOptions): ClientOptions {
  const stateFolder = stateDir ?? defaultStateFolder(out);
  return { port, stateFolder, ...definite({ bind, maxDownloadRate, maxUploadRate }) };
}

export function addOptions(options: RunOptions): AddOptions {
  const { out, peer, sequential, list, seedRatio, seedTime } = options;
  // Who wants the list of a magnet link has to have its metadata, and nothing else.
  const wanted = list === true ? () => [] : (metainfo: Metainfo) => selectedFiles(metainfo, options);
  return {
    path: out,
    peers: peer,
    ...(sequential === true ? { strategy: 'sequential' } : {}),
    ...trackersOf(options),
    // Always said: what an earlier run was told is not meant for this one.
    select: wanted,
    ...definite({ seedRatio, seedTimeMs: seedTime }),
  };
}

function trackersOf({ tracker, trackers }: RunOptions): { readonly trackers?: readonly (readonly string[])[] } {
  if (tracker.length > 0) return { trackers: tracker.map((url) => [url]) };
  return trackers ? {} : { trackers: [] };
}

/** One for each folder of files: who seeds from one and downloads to another has two of the same torrent. */
function defaultStateFolder(out: string): string {
  const home = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  const place = createHash('sha256').update(resolve(out)).digest('hex').slice(0, 16);
  return join(home, 'unchoke', place);
}
