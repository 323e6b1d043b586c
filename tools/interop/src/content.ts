import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Metainfo } from '@unchoke/metainfo';

/** Files by path under the torrent's folder. */
export type Content = readonly (readonly [path: string, bytes: Buffer])[];

export const NAME = 'Sammlung ä';

/**
 * Ends inside pieces, pieces over several files, a file without bytes, deep folders and names that are long in UTF-8. They
 * stand in the order in which our torrents have them, so that an offset here is an offset there.
 */
export const ODD_FILES: Content = [
  ['große Datei.bin', noise(2_000_001, 1)],
  ['leer', Buffer.alloc(0)],
  ['z.bin', noise(65_536, 4)],
  ['один/два/三/klein.txt', noise(3, 3)],
  ['один/два/三/四/🌊 κύμα/fünf.bin', noise(700_007, 2)],
];

export const ONE_FILE: Content = [['alles.bin', noise(3_000_017, 5)]];

/** More pieces of 16 KiB than hashes may be asked for at once (BEP 52, hash request): the last of them alone in the second run. */
export const LONG_FILES: Content = [
  ['lang.bin', noise(512 * 16_384 + 1, 6)],
  ['länger.bin', noise(1_100 * 16_384, 7)],
];

export function lengthOf(content: Content): number {
  return content.reduce((sum, [, bytes]) => sum + bytes.length, 0);
}

/** Writes the files, or those bytes of them for which `isThere` says so; zeros elsewhere. */
export async function lay(folder: string, content: Content, isThere?: (offset: number) => boolean): Promise<void> {
  let start = 0;
  for (const [path, bytes] of content) {
    const file = join(folder, NAME, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, isThere === undefined ? bytes : masked(bytes, start, isThere));
    start += bytes.length;
  }
}

/** Whether every file is there under its last name with every byte right; not all programs make files without bytes. */
export async function isWhole(folder: string, content: Content): Promise<boolean> {
  for (const [path, bytes] of content) {
    if (bytes.length === 0) continue;
    const found = await readFile(join(folder, NAME, path)).catch(() => undefined);
    if (found === undefined || !found.equals(bytes)) return false;
  }
  return true;
}

/** The hash that peers use for a torrent: that of its v1 half when it has one. */
export function wireInfoHash({ infoHash, infoHashV2 }: Metainfo): Uint8Array {
  return infoHash ?? infoHashV2!.subarray(0, 20);
}

/** Bytes without a pattern, the same for the same seed. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

function masked(bytes: Buffer, start: number, isThere: (offset: number) => boolean): Buffer {
  const kept = Buffer.from(bytes);
  for (let at = 0; at < kept.length; at++) if (!isThere(start + at)) kept[at] = 0;
  return kept;
}
