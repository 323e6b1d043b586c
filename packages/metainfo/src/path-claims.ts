import { MetainfoError } from './errors.js';
import { LIMITS } from './limits.js';
import { nameKey } from './name-key.js';
import type { Place } from './notes.js';
import { safeName } from './safe-name.js';
import { safeNames } from './safe-path.js';
import { utf8Length } from './text.js';
import type { TorrentFile } from './torrent-file.js';

/** A folder that some file is in. Its files and folders are known by the key of their safe name. */
export class Folder {
  readonly children: Map<string, Folder | TorrentFile> = new Map();
  /** Bytes of the safe path to what is in it. */
  readonly pathBytes: number;
  /** The folder entered last, under the name the torrent gives it: the next file is mostly in the same one. */
  lastName: string | undefined;
  lastFolder: Folder | undefined;

  constructor(pathBytes: number) {
    this.pathBytes = pathBytes;
  }
}

/** Who owns which path: makes sure that no two files share one, and that no file is also a folder. */
export class PathClaims {
  readonly root: Folder = new Folder(0);
  #folderCount = 0;

  /** Takes the path of a file for it. The work is that of reading the path once. */
  claim(file: TorrentFile, place: Place): void {
    const path = file.isPad ? safeNames(file) : file.path;
    const last = path.length - 1;
    if (path.length > LIMITS.pathDepthMax) {
      throw refused(
        'path-too-deep',
        `has ${path.length} names, more than ${LIMITS.pathDepthMax} (pathDepthMax)`,
        place,
      );
    }
    let folder = this.root;
    for (let index = 0; index < last; index++) folder = this.#enter(folder, path[index]!, place);
    const name = safeName(path[last]!);
    const pathBytes = folder.pathBytes + utf8Length(name);
    if (pathBytes > LIMITS.pathBytesMax) {
      throw refused('path-too-long', `has ${pathBytes} bytes, more than ${LIMITS.pathBytesMax} (pathBytesMax)`, place);
    }
    const key = nameKey(name);
    const owner = folder.children.get(key);
    if (owner !== undefined) throw conflict(file, owner, place);
    folder.children.set(key, file);
  }

  #enter(folder: Folder, name: string, place: Place): Folder {
    if (folder.lastFolder !== undefined && folder.lastName === name) return folder.lastFolder;
    const safe = safeName(name);
    const key = nameKey(safe);
    let next = folder.children.get(key);
    if (next === undefined) {
      if (this.#folderCount++ === LIMITS.folderCountMax) {
        throw refused('too-many-files', `more than ${LIMITS.folderCountMax} folders (folderCountMax)`, place);
      }
      next = new Folder(folder.pathBytes + utf8Length(safe) + 1);
      folder.children.set(key, next);
    }
    if (!(next instanceof Folder))
      throw refused('path-conflict', `goes through ${quoted(next)}, which is a file`, place);
    folder.lastName = name;
    folder.lastFolder = next;
    return next;
  }
}

function conflict(file: TorrentFile, owner: Folder | TorrentFile, place: Place): MetainfoError {
  if (owner instanceof Folder) return refused('path-conflict', 'is a file, but also a folder of other files', place);
  const isSame = owner.path.length === file.path.length && owner.path.every((name, index) => name === file.path[index]);
  if (isSame) return refused('duplicate-path', `the path of file ${owner.index} once more`, place);
  const problem = `would share its place on disk with file ${owner.index}, ${quoted(owner)}`;
  return refused('path-collision', problem, place);
}

function refused(
  code: 'too-many-files' | 'path-too-deep' | 'path-too-long' | 'path-conflict' | 'duplicate-path' | 'path-collision',
  problem: string,
  place: Place,
): MetainfoError {
  return new MetainfoError(code, problem, place.path, place.offset);
}

function quoted(file: TorrentFile): string {
  const text = JSON.stringify(file.path.join('/'));
  return text.length > 200 ? `${text.slice(0, 200)}…"` : text;
}
