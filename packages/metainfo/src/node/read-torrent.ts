import { open } from 'node:fs/promises';
import { BencodeError } from '@unchoke/bencode';
import { LIMITS, type Metainfo, MetainfoError, parseMetainfo } from '@unchoke/metainfo';
import { hashes } from './hashes.js';

/**
 * Reads a `.torrent` file.
 *
 * @throws {MetainfoError} and `BencodeError` as `parseMetainfo`; errors of the file system as they are.
 * @example
 * ```ts
 * import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readTorrent } from '@unchoke/metainfo/node';
 *
 * const folder = mkdtempSync(join(tmpdir(), 'read-'));
 * const torrent = `d4:infod6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}ee`;
 * writeFileSync(join(folder, 'a.torrent'), torrent);
 * console.assert((await readTorrent(join(folder, 'a.torrent'))).name === 'a.txt');
 * rmSync(folder, { recursive: true });
 * ```
 */
export async function readTorrent(path: string, options?: { readonly strict?: boolean }): Promise<Metainfo> {
  const file = await open(path);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new MetainfoError('unsupported-file', 'is not a file', path);
    // Checked before it is read: what is called a torrent may be the film itself.
    if (stats.size > LIMITS.torrentBytesMax) {
      const problem = `the file has ${stats.size} bytes, more than ${LIMITS.torrentBytesMax} (torrentBytesMax)`;
      throw new BencodeError('input-too-long', problem, '', undefined);
    }
    return parseMetainfo(await file.readFile(), { ...hashes, ...options });
  } finally {
    await file.close();
  }
}
