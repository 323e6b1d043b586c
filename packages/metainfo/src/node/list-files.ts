import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { LIMITS, MetainfoError } from '@unchoke/metainfo';
import { matchesGlob } from './glob.js';
import { isJunk } from './junk.js';

/** A file that will be hashed. */
export interface FoundFile {
  /** The names below the folder that was given; none when a file was given. */
  readonly names: readonly string[];
  /** Where it is on this machine. */
  readonly location: string;
  readonly length: number;
  readonly modifiedMs: number;
}

/**
 * What was found in a folder and left out of the torrent.
 *
 * @example
 * ```ts
 * import type { SkippedEntry } from '@unchoke/metainfo/node';
 *
 * const skipped: SkippedEntry = { path: 'photos/.DS_Store', reason: 'junk' };
 * console.assert(skipped.reason === 'junk');
 * ```
 */
export interface SkippedEntry {
  /** Below the folder that was given. */
  readonly path: string;
  readonly reason: 'junk' | 'ignored' | 'symlink' | 'not-a-file';
}

export interface Listing {
  /** What the torrent is called if nobody says otherwise. */
  readonly name: string;
  readonly isFolder: boolean;
  /** Sorted by the bytes of their names, folder by folder: the order of a v2 file tree. */
  readonly files: readonly FoundFile[];
  readonly skipped: readonly SkippedEntry[];
}

/** Files asked for their size at once. */
const STAT_BATCH = 64;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Finds what a file or folder consists of. The path that is given may itself be a link; links inside are not followed. */
export async function listFiles(path: string, ignore: readonly string[]): Promise<Listing> {
  const name = basename(resolve(path));
  const location = await realpath(path);
  const stats = await stat(location);
  if (stats.isFile()) return { name, isFolder: false, files: [found([], location, stats)], skipped: [] };
  if (!stats.isDirectory()) throw new MetainfoError('unsupported-file', 'is neither a file nor a folder', path);
  const walk = new Walk(ignore);
  await walk.enter([], location);
  return { name, isFolder: true, files: walk.files, skipped: walk.skipped };
}

class Walk {
  readonly files: FoundFile[] = [];
  readonly skipped: SkippedEntry[] = [];
  readonly #ignore: readonly string[];

  constructor(ignore: readonly string[]) {
    this.#ignore = ignore;
  }

  async enter(names: readonly string[], location: string): Promise<void> {
    if (names.length >= LIMITS.pathDepthMax - 1) {
      throw new MetainfoError('path-too-deep', `more than ${LIMITS.pathDepthMax} names (pathDepthMax)`, location);
    }
    const entries = await readdir(location, { withFileTypes: true, encoding: 'buffer' });
    entries.sort((one, other) => Buffer.compare(one.name, other.name));
    for (let start = 0; start < entries.length; start += STAT_BATCH) {
      const batch = entries.slice(start, start + STAT_BATCH).map((entry) => ({ entry, name: nameOf(entry, location) }));
      const kept = batch.filter(({ entry, name }) => this.#keeps(entry, [...names, name]));
      const stats = await Promise.all(kept.map(({ name }) => lstat(join(location, name))));
      for (const [index, { name }] of kept.entries()) {
        await this.#take([...names, name], join(location, name), stats[index]!);
      }
    }
  }

  #keeps(entry: Dirent<Buffer>, names: readonly string[]): boolean {
    const reason = isJunk(names.at(-1)!)
      ? 'junk'
      : this.#ignore.some((pattern) => matchesGlob(names, pattern))
        ? 'ignored'
        : entry.isSymbolicLink()
          ? 'symlink'
          : undefined;
    if (reason !== undefined) this.skipped.push({ path: names.join('/'), reason });
    return reason === undefined;
  }

  async #take(names: readonly string[], location: string, stats: Stats): Promise<void> {
    if (stats.isDirectory()) await this.enter(names, location);
    else if (stats.isFile()) this.files.push(found(names, location, stats));
    else this.skipped.push({ path: names.join('/'), reason: stats.isSymbolicLink() ? 'symlink' : 'not-a-file' });
    if (this.files.length > LIMITS.fileCountMax) {
      throw new MetainfoError('too-many-files', `more than ${LIMITS.fileCountMax} files (fileCountMax)`, location);
    }
  }
}

function found(names: readonly string[], location: string, stats: Stats): FoundFile {
  return { names, location, length: stats.size, modifiedMs: stats.mtimeMs };
}

/** Torrents name files in UTF-8. A name in other bytes would come out as another name: better to say so. */
function nameOf(entry: Dirent<Buffer>, location: string): string {
  try {
    return utf8.decode(entry.name);
  } catch {
    const path = join(location, entry.name.toString('latin1'));
    throw new MetainfoError('unsupported-file', 'its name is not UTF-8; rename it', path);
  }
}
