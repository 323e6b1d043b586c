import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type FilePriority, isFilePriority } from './file-choice.js';

/** What the next run must know beside the verified pieces. */
export interface TorrentFacts {
  /** Where the files are. */
  readonly root: string;
  /** Folders below it that stood there before the torrent came: somebody else's. */
  readonly keepFolders: readonly string[];
  /** One for each file. */
  readonly choice: readonly FilePriority[];
}

const VERSION = 1;

/** A small file beside the state of a torrent. Without a path nothing is remembered. */
export class TorrentRecord {
  readonly #path: string | undefined;
  /** What stands there now. */
  #text: string | undefined;

  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** What was saved last; `undefined` when that is nothing, or nothing that can be read. */
  read(fileCount: number): TorrentFacts | undefined {
    if (this.#path === undefined) return undefined;
    try {
      this.#text = readFileSync(this.#path, 'utf8');
      return factsIn(JSON.parse(this.#text), fileCount);
    } catch {
      // None yet, or a damaged one: then the torrent is as new.
      return undefined;
    }
  }

  /**
   * Replaces it in one step, so that a crash leaves the old one or the new one. What stands there already is left alone: at the
   * start of a thousand torrents that spares a thousand waits for the disk.
   */
  save(facts: TorrentFacts): void {
    if (this.#path === undefined) return;
    const text = `${JSON.stringify({ version: VERSION, ...facts })}\n`;
    if (text === this.#text) return;
    const next = `${this.#path}.next`;
    writeFileSync(next, text, { flush: true });
    renameSync(next, this.#path);
    this.#text = text;
  }

  forget(): void {
    this.#text = undefined;
    if (this.#path !== undefined) rmSync(this.#path, { force: true });
  }
}

function factsIn(saved: Partial<TorrentFacts> & { version?: number }, fileCount: number): TorrentFacts | undefined {
  const { version, root, keepFolders, choice } = saved;
  if (version !== VERSION || typeof root !== 'string' || !Array.isArray(keepFolders) || !Array.isArray(choice)) {
    return undefined;
  }
  const isWhole = choice.length === fileCount && choice.every(isFilePriority);
  return isWhole && keepFolders.every((folder) => typeof folder === 'string')
    ? { root, keepFolders, choice }
    : undefined;
}
