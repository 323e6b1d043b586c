import { type Encodable, encode } from '@unchoke/bencode';
import { MetainfoError } from './errors.js';
import { LIMITS } from './limits.js';
import type { FileSpec, MetainfoSpec } from './metainfo-spec.js';
import { outsideEntries } from './outside-entries.js';
import { readTorrentBytes } from './parse-metainfo.js';
import { utf8Bytes } from './text.js';

const ROOT_LENGTH = 32;

type Dict = Map<string, Encodable>;

/**
 * Writes a torrent in canonical form. What it writes was read once more, strictly, before it is given out; only whether the
 * hashes are those of the content, and the roots those of the layers, is for the caller to know.
 *
 * @throws {MetainfoError} `bad-spec`, or the reason why the torrent would be refused by whoever reads it.
 * @example
 * ```ts
 * import { buildMetainfo, parseMetainfo } from '@unchoke/metainfo';
 * import { hashes, sha1 } from '@unchoke/metainfo/node';
 *
 * const content = new TextEncoder().encode('hello');
 * const torrent = buildMetainfo({
 *   name: 'hello.txt',
 *   pieceLength: 16_384,
 *   files: [{ path: ['hello.txt'], length: content.length }],
 *   pieceHashes: sha1(content),
 * });
 * console.assert(parseMetainfo(torrent, hashes).name === 'hello.txt');
 * ```
 */
export function buildMetainfo(spec: MetainfoSpec): Uint8Array {
  if (spec.files.length > LIMITS.fileCountMax)
    throw badSpec('files', `more than ${LIMITS.fileCountMax} (fileCountMax)`);
  for (const [index, file] of spec.files.entries()) checkFile(file, spec.name, `files[${index}]`);
  if (spec.name === '') throw badSpec('name', 'is empty');
  const version = spec.version ?? versionOf(spec);
  const torrent: Dict = new Map();
  for (const [key, value] of outsideEntries(spec)) if (value !== undefined) torrent.set(key, value);
  torrent.set('info', buildInfo(spec, version));
  if (version !== 'v1') torrent.set('piece layers', pieceLayers(spec));
  const bytes = encode(torrent);
  readTorrentBytes(bytes, undefined, true);
  return bytes;
}

function versionOf(spec: MetainfoSpec): 'v1' | 'v2' | 'hybrid' {
  if (spec.pieceHashes === undefined) return 'v2';
  return spec.files.some((file) => file.piecesRoot !== undefined) ? 'hybrid' : 'v1';
}

function buildInfo(spec: MetainfoSpec, version: 'v1' | 'v2' | 'hybrid'): Dict {
  const info: Dict = new Map<string, Encodable>([
    ['name', spec.name],
    ['piece length', spec.pieceLength],
  ]);
  if (version !== 'v2') {
    if (spec.pieceHashes === undefined) throw badSpec('pieceHashes', 'is missing; v1 and hybrid torrents need it');
    info.set('pieces', spec.pieceHashes);
    const [file] = spec.files;
    if (spec.files.length === 1 && file?.path.length === 1) {
      for (const [key, value] of attributesOf(file)) info.set(key, value);
      info.set('length', file.length);
    } else {
      info.set(
        'files',
        spec.files.map((one) => attributesOf(one).set('length', one.length).set('path', one.path.slice(1))),
      );
    }
  }
  if (version !== 'v1') info.set('meta version', 2).set('file tree', fileTree(spec.files));
  if (spec.isPrivate === true) info.set('private', 1);
  if (spec.source !== undefined) info.set('source', spec.source);
  return info;
}

/** BEP 52: one dictionary per folder; a file is a dictionary with an empty key. Pad files are not part of it. */
function fileTree(files: readonly FileSpec[]): Dict {
  const root: Dict = new Map();
  for (const file of files) {
    if (file.isPad === true) continue;
    const names = file.path.length > 1 ? file.path.slice(1) : file.path;
    let folder = root;
    for (const name of names) {
      const key = byteKey(name);
      let next = folder.get(key);
      if (next === undefined) {
        next = new Map();
        folder.set(key, next);
      }
      folder = next as Dict;
    }
    const leaf = attributesOf(file).set('length', file.length);
    if (file.length > 0 && file.piecesRoot !== undefined) leaf.set('pieces root', file.piecesRoot);
    if (folder.has('')) throw new MetainfoError('duplicate-path', 'two files have this path', file.path.join('/'));
    folder.set('', leaf);
  }
  return root;
}

/** BEP 52: the hashes of the pieces of each longer file, under its root. */
function pieceLayers(spec: MetainfoSpec): Dict {
  const layers: Dict = new Map();
  for (const { piecesRoot, pieceLayer } of spec.files) {
    if (piecesRoot !== undefined && pieceLayer !== undefined)
      layers.set(String.fromCharCode(...piecesRoot), pieceLayer);
  }
  return layers;
}

/** BEP 47, and the hints. */
function attributesOf(file: FileSpec): Dict {
  const entries: Dict = new Map();
  const isLink = file.symlinkTarget !== undefined;
  const letters = `${file.isHidden ? 'h' : ''}${isLink ? 'l' : ''}${file.isPad ? 'p' : ''}${file.isExecutable ? 'x' : ''}`;
  if (letters !== '') entries.set('attr', letters);
  if (file.symlinkTarget !== undefined) entries.set('symlink path', file.symlinkTarget.slice(1));
  if (file.md5sum !== undefined) entries.set('md5sum', file.md5sum);
  if (file.sha1 !== undefined) entries.set('sha1', file.sha1);
  return entries;
}

function checkFile(file: FileSpec, name: string, path: string): void {
  if (file.path[0] !== name)
    throw badSpec(path, `its path must begin with the name of the torrent, ${JSON.stringify(name)}`);
  if (!Number.isSafeInteger(file.length) || file.length < 0) throw badSpec(path, `has a length of ${file.length}`);
  if (file.piecesRoot !== undefined && file.piecesRoot.length !== ROOT_LENGTH) {
    throw badSpec(path, `its root must have ${ROOT_LENGTH} bytes (BEP 52)`);
  }
}

/** A key of a `Map` that is encoded has one character per byte. */
function byteKey(name: string): string {
  return Array.from(utf8Bytes(name), (byte) => String.fromCharCode(byte)).join('');
}

function badSpec(path: string, problem: string): MetainfoError {
  return new MetainfoError('bad-spec', problem, path);
}
