import { basename, join, resolve } from 'node:path';
import type { Metainfo } from '@unchoke/metainfo';

/** Who names the folder of the torrent itself means the one above, which holds it; `undefined` for all others. */
export function meantFolder(folder: string, { name }: Metainfo): string | undefined {
  return basename(resolve(folder)) === name ? join(folder, '..') : undefined;
}
