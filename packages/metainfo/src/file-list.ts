import type { BencodeNode } from '@unchoke/bencode';
import { refusal, shown } from './fields.js';
import { LIMITS } from './limits.js';
import type { Notes } from './notes.js';
import { PathClaims } from './path-claims.js';
import { type PendingLink, resolveLinks } from './symlinks.js';
import type { TorrentFile } from './torrent-file.js';

/** A file that is still being read. */
export type FileDraft = { -readonly [Key in keyof TorrentFile]: TorrentFile[Key] };

/** What is known of a file before its place in the torrent is. */
export type FileFacts = Omit<FileDraft, 'index' | 'offset' | 'symlinkTarget' | 'pieceLayer'>;

/** The files of a torrent in their order: gives each its offset and its path, or refuses it. */
export class FileList {
  readonly files: FileDraft[] = [];
  /** Where each file stands in the torrent; only kept for v2, where something is still to come. */
  readonly nodes: BencodeNode[] = [];
  totalLength = 0;
  contentLength = 0;
  /** One file without a folder around it. */
  isSingle = false;

  readonly #pieceLength: number;
  readonly #isAligned: boolean;
  readonly #notes: Notes;
  /** A lone file shares no folder with anybody. */
  #claims: PathClaims | undefined;
  readonly #links: PendingLink[] = [];

  /** In v2 each file begins with a piece (`isAligned`). */
  constructor(pieceLength: number, isAligned: boolean, notes: Notes) {
    this.#pieceLength = pieceLength;
    this.#isAligned = isAligned;
    this.#notes = notes;
  }

  /** Takes one more file; `target` is where it leads if it is a link. */
  add(facts: FileFacts, target: readonly string[] | undefined, node: BencodeNode): void {
    const index = this.files.length;
    if (index === LIMITS.fileCountMax) {
      throw refusal(node, 'too-many-files', `more than ${LIMITS.fileCountMax} files (fileCountMax)`);
    }
    const offset = this.#offsetFor(facts.length);
    const end = offset + facts.length;
    if (end > Number.MAX_SAFE_INTEGER) {
      throw refusal(node, 'bad-file-length', `the files together have more than 2^53 − 1 bytes: ${shown(end)}`);
    }
    const file: FileDraft = {
      index,
      path: facts.path,
      length: facts.length,
      offset,
      isPad: facts.isPad,
      isExecutable: facts.isExecutable,
      isHidden: facts.isHidden,
      symlinkTarget: undefined,
      md5sum: facts.md5sum,
      sha1: facts.sha1,
      piecesRoot: facts.piecesRoot,
      pieceLayer: undefined,
    };
    if (!this.isSingle) {
      this.#claims ??= new PathClaims();
      this.#claims.claim(file, node);
    }
    if (target !== undefined) this.#links.push({ file, target, node });
    this.files.push(file);
    if (this.#isAligned) this.nodes.push(node);
    this.totalLength = Math.max(this.totalLength, end);
    if (!facts.isPad) this.contentLength += facts.length;
  }

  /** Once all files are there. */
  finish(info: BencodeNode): void {
    if (this.#claims !== undefined) resolveLinks(this.#links, this.#claims.root, this.#notes);
    if (this.contentLength === 0) throw refusal(info, 'empty-torrent', 'none of its files has any content');
  }

  #offsetFor(length: number): number {
    if (!this.#isAligned || length === 0) return this.totalLength;
    return Math.ceil(this.totalLength / this.#pieceLength) * this.#pieceLength;
  }
}
