import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTorrent } from '@unchoke/metainfo/node';

/** One run of one program. */
export interface Creation {
  readonly ms: number;
  /** `undefined` where it cannot be told. */
  readonly peakBytes: number | undefined;
  readonly infoHash: string;
}

export interface Maker {
  readonly name: string;
  create(path: string): Promise<Creation>;
}

const PIECE_LENGTH_LOG2 = 19;
const CHUNK_BYTES = 8 * 1024 * 1024;

export const MAKERS: readonly Maker[] = [
  { name: '@unchoke/metainfo', create: (path) => inChild('unchoke', path) },
  { name: 'create-torrent', create: (path) => inChild('create-torrent', path) },
  ...(hasMktorrent() ? [{ name: 'mktorrent -t 2', create: withMktorrent }] : []),
];

/** A file of random bytes in a folder of its own; `remove` takes both away. */
export function randomFile(length: number): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'unchoke-bench-'));
  const path = join(folder, 'content.bin');
  const descriptor = openSync(path, 'w');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let done = 0; done < length; done += chunk.length) writeSync(descriptor, randomFillSync(chunk));
  closeSync(descriptor);
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}

async function inChild(maker: string, path: string): Promise<Creation> {
  const script = fileURLToPath(new URL('./create-child.mjs', import.meta.url));
  return timed(process.execPath, [script, maker, path, String(2 ** PIECE_LENGTH_LOG2)], (output) => JSON.parse(output));
}

async function withMktorrent(path: string): Promise<Creation> {
  const torrent = `${path}.torrent`;
  const parameters = [
    '-l',
    String(PIECE_LENGTH_LOG2),
    '-t',
    '2',
    '-a',
    'http://tracker.example/announce',
    '-o',
    torrent,
    path,
  ];
  const { ms } = timed('mktorrent', parameters, () => ({ infoHash: '', peakBytes: undefined }));
  const { infoHash } = await readTorrent(torrent);
  rmSync(torrent);
  return { ms, peakBytes: undefined, infoHash: Buffer.from(infoHash ?? []).toString('hex') };
}

/** The whole life of a process, its start included: that is what somebody waits for. */
function timed(
  program: string,
  parameters: readonly string[],
  read: (output: string) => Omit<Creation, 'ms'>,
): Creation {
  const startMs = performance.now();
  const { status, stdout, stderr } = spawnSync(program, parameters, {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ms = performance.now() - startMs;
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  return { ...read(stdout), ms };
}

function hasMktorrent(): boolean {
  return spawnSync('mktorrent', ['-h']).error === undefined;
}
