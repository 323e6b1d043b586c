import type { Metainfo, TorrentFile } from '@unchoke/metainfo';
import { EXIT } from './exit-codes.js';
import { Failure } from './failure.js';
import { counted, formatBytes, printable } from './format.js';

/** The files that people see: without pad files. The first has number 1. */
export function shownFiles({ files }: Metainfo): readonly TorrentFile[] {
  return files.filter(({ isPad }) => !isPad);
}

/** A line for each file: its number, how long it is, where it goes. */
export function fileList(metainfo: Metainfo): readonly string[] {
  const files = shownFiles(metainfo);
  const width = String(files.length).length;
  return files.map(({ path, length }, index) => {
    const number = String(index + 1).padStart(width + 2);
    return `${number}  ${formatBytes(length).padStart(10)}  ${printable(path.join('/'))}`;
  });
}

export function filesAsJson(metainfo: Metainfo): readonly { readonly path: string; readonly length: number }[] {
  return shownFiles(metainfo).map(({ path, length }) => ({ path: path.join('/'), length }));
}

/** Which files somebody wants: by number, by pattern, or by both together. */
export interface Selection {
  readonly select?: readonly (readonly [first: number, last: number])[];
  readonly selectRe?: RegExp;
}

/** Their indexes in the torrent, pad files counted; `undefined` for all. */
export function selectedFiles(metainfo: Metainfo, { select, selectRe }: Selection): readonly number[] | undefined {
  if (select === undefined && selectRe === undefined) return undefined;
  const files = shownFiles(metainfo);
  const beyond = select?.find(([, last]) => last > files.length);
  if (beyond !== undefined) {
    const message = `--select ${beyond[1]}: this torrent has ${counted(files.length, 'file')}; --list shows them`;
    throw new Failure(EXIT.badOption, message);
  }
  const wanted = files.filter(({ path }, index) => {
    const isNamed = select?.some(([first, last]) => first <= index + 1 && index + 1 <= last) === true;
    return isNamed || selectRe?.test(path.join('/')) === true;
  });
  if (wanted.length > 0) return wanted.map(({ index }) => index);
  const message = `--select-re ${selectRe?.source}: none of the ${counted(files.length, 'file')} matches; --list shows them`;
  throw new Failure(EXIT.badOption, message);
}
