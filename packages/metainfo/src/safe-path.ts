import { safeName } from './safe-name.js';

/** Where pad files are said to be. They are never written, but they too must not name the place of another file. */
const PAD_FOLDER = '.pad';

/**
 * The part of a file that decides where it goes.
 *
 * @example
 * ```ts
 * import { type FilePlace, safePath } from '@unchoke/metainfo';
 *
 * const place: FilePlace = { path: ['album', 'one.flac'] };
 * console.assert(safePath(place) === 'album/one.flac');
 * ```
 */
export interface FilePlace {
  readonly path: readonly string[];
  readonly isPad?: boolean;
  readonly index?: number;
}

/**
 * Where a file goes below the download folder: its names, each made safe by {@link safeName}, with `/` between them. For a
 * parsed torrent no two files share one, on no file system: not by case and not by Unicode form. Pad files, whose own
 * paths repeat, get `name/.pad/index`.
 *
 * It is relative, has no `.` or `..` and is the same on every platform, so `join(folder, safePath(file))` is below
 * `folder`. Links that lie on the disk already are the caller's to look out for.
 *
 * @example
 * ```ts
 * import { safePath } from '@unchoke/metainfo';
 *
 * console.assert(safePath({ path: ['..', '/etc/passwd'] }) === '__/_etc_passwd');
 * ```
 */
export function safePath(file: FilePlace): string {
  return safeNames(file).join('/');
}

/** The names of {@link safePath}, one by one. */
export function safeNames(file: FilePlace): readonly string[] {
  if (file.isPad !== true) return file.path.length === 0 ? [safeName('')] : file.path.map(safeName);
  return [safeName(file.path[0] ?? ''), PAD_FOLDER, String(Math.trunc(file.index ?? 0))];
}
