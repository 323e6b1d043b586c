/**
 * Why a torrent or a magnet was refused; with `strict: true` also every {@link MetainfoNote} becomes one of these.
 *
 * | code | meaning |
 * | --- | --- |
 * | `missing-field` | a required key is not there |
 * | `wrong-type` | a required key holds another type |
 * | `bad-piece-length` | zero, negative, too large, or in v2 no power of two from 16 KiB on |
 * | `bad-file-length` | a size is negative, or the sum goes beyond 2^53 − 1 |
 * | `length-and-files` | both `length` and `files`: two readings of one torrent |
 * | `neither-length-nor-files` | no files at all are described |
 * | `bad-pieces` | `pieces` is no multiple of 20 bytes |
 * | `piece-count-mismatch` | `pieces` has another count than the sizes ask for |
 * | `empty-torrent` | no file has any content |
 * | `bad-path` | a file's path is no list of names, or an empty one |
 * | `duplicate-path` | two files have the same path |
 * | `path-collision` | two paths differ, but not on every file system: by case, by Unicode form, or after cleaning |
 * | `path-conflict` | a path is a file and a folder at once |
 * | `bad-symlink` | a link (BEP 47) has no target, or one that leaves the torrent |
 * | `unsupported-version` | `meta version` is not 2 (BEP 52) |
 * | `bad-file-tree` | the v2 file tree is not one |
 * | `bad-pieces-root` | a v2 file has no merkle root, or an impossible one |
 * | `bad-piece-layer` | a piece layer has the wrong length, does not lead to its root, or belongs to no file |
 * | `hybrid-mismatch` | the v1 and the v2 half of a hybrid describe different files |
 * | `too-many-files`, `too-many-pieces`, `path-too-deep`, `path-too-long` | beyond the limit of that name |
 * | `bad-magnet` | no `magnet:?` link, or too long |
 * | `missing-xt` | the magnet names no torrent |
 * | `bad-xt` | the magnet names a torrent in a way that cannot be right |
 * | `bad-spec` | what was to be written cannot be a torrent |
 * | `unsupported-file` | something that is not a file or folder, or whose name is no text, was to be put into a torrent |
 * | `file-changed` | a file changed while it was hashed |
 *
 * @example
 * ```ts
 * import { MetainfoError, type MetainfoErrorCode, parseMagnet } from '@unchoke/metainfo';
 *
 * let code: MetainfoErrorCode | undefined;
 * try {
 *   parseMagnet('magnet:?dn=nameless');
 * } catch (error) {
 *   if (MetainfoError.isInstance(error)) code = error.code;
 * }
 * console.assert(code === 'missing-xt');
 * ```
 */
export type MetainfoErrorCode =
  | 'missing-field'
  | 'wrong-type'
  | 'bad-piece-length'
  | 'bad-file-length'
  | 'length-and-files'
  | 'neither-length-nor-files'
  | 'bad-pieces'
  | 'piece-count-mismatch'
  | 'empty-torrent'
  | 'bad-path'
  | 'duplicate-path'
  | 'path-collision'
  | 'path-conflict'
  | 'bad-symlink'
  | 'unsupported-version'
  | 'bad-file-tree'
  | 'bad-pieces-root'
  | 'bad-piece-layer'
  | 'hybrid-mismatch'
  | 'too-many-files'
  | 'too-many-pieces'
  | 'path-too-deep'
  | 'path-too-long'
  | 'bad-magnet'
  | 'missing-xt'
  | 'bad-xt'
  | 'bad-spec'
  | 'unsupported-file'
  | 'file-changed'
  | MetainfoNoteCode;

/**
 * What was odd but did not make the torrent unusable.
 *
 * | code | meaning |
 * | --- | --- |
 * | `unsorted-keys` | keys of a v1 torrent's dictionary are not in order (the info-hash is over the bytes as they stand; v2 is refused) |
 * | `trailing-whitespace` | spaces or line ends follow the torrent |
 * | `bad-text` | bytes that are not UTF-8, shown as `%XX` |
 * | `field-ignored` | an optional field has the wrong type or an impossible value |
 * | `tracker-ignored`, `web-seed-ignored`, `node-ignored` | an entry that is no address of that kind, a duplicate, or beyond the limit |
 * | `symlink-ignored` | a link that leads nowhere or in a circle; it is an empty file now |
 * | `missing-piece-layer` | a v2 file of several pieces has no entry in `piece layers`; peers have to be asked for it |
 * | `parameter-ignored` | a parameter of a magnet that makes no sense, or beyond the limit |
 *
 * @example
 * ```ts
 * import { type MetainfoNoteCode, parseMagnet } from '@unchoke/metainfo';
 *
 * const magnet = parseMagnet('magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&so=x');
 * const codes: MetainfoNoteCode[] = magnet.notes.map((note) => note.code);
 * console.assert(codes[0] === 'parameter-ignored');
 * ```
 */
export type MetainfoNoteCode =
  | 'unsorted-keys'
  | 'trailing-whitespace'
  | 'bad-text'
  | 'field-ignored'
  | 'tracker-ignored'
  | 'web-seed-ignored'
  | 'node-ignored'
  | 'symlink-ignored'
  | 'missing-piece-layer'
  | 'parameter-ignored';

// Packages are versioned on their own, so two copies of this class can meet in one program: a brand, not instanceof.
const BRAND = Symbol.for('@unchoke/metainfo/error');

/**
 * Bencoded bytes that are no torrent, a link that is no magnet, or files that cannot become a torrent. Its message says
 * where and what: `info.files[3].length: must not be negative, is -1 (offset 812)`. Bytes that are not even bencode
 * throw the `BencodeError` of `@unchoke/bencode`; bytes from outside cause nothing else.
 *
 * @example
 * ```ts
 * import { MetainfoError, parseMetainfo } from '@unchoke/metainfo';
 * import { hashes } from '@unchoke/metainfo/node';
 *
 * try {
 *   parseMetainfo(new Uint8Array([0x64, 0x65]), hashes); // de
 * } catch (error) {
 *   if (!MetainfoError.isInstance(error)) throw error;
 *   console.assert(error.code === 'missing-field' && error.path === 'info' && error.offset === 0);
 * }
 * ```
 */
export class MetainfoError extends Error {
  readonly code: MetainfoErrorCode;
  /** What was being read, like `info.files[3].length`, `xt`, or the path of a file on disk; empty at the top. */
  readonly path: string;
  /** Where in the bytes, or in the text of a magnet; `undefined` where there are none. */
  readonly offset: number | undefined;

  constructor(code: MetainfoErrorCode, problem: string, path: string, offset?: number) {
    super(`${path === '' ? '' : `${path}: `}${problem}${offset === undefined ? '' : ` (offset ${offset})`}`);
    this.name = 'MetainfoError';
    this.code = code;
    this.path = path;
    this.offset = offset;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Tells a `MetainfoError` from everything else, also when two versions of this package are installed. */
  static isInstance(error: unknown): error is MetainfoError {
    return typeof error === 'object' && error !== null && BRAND in error;
  }
}
