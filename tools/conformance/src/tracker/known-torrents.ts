import { readFileSync } from 'node:fs';
import { UsageError } from '../errors.js';

/** The torrents that a tracker takes, where it does not take any. Each is used by one case only. */
export class KnownTorrents {
  readonly #hashes: readonly string[];
  readonly #all: ReadonlySet<string>;
  #next = 0;

  constructor(hashes: readonly string[]) {
    this.#hashes = hashes;
    this.#all = new Set(hashes);
  }

  /** Info-hashes in hexadecimal, one a line, as whitelists of trackers have them. */
  static read(path: string): KnownTorrents {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw new UsageError(`--torrents ${path}: ${(error as Error).message}`);
    }
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const bad = lines.findIndex((line) => !/^[0-9a-f]{40}\s*$/i.test(line));
    if (bad !== -1 || lines.length === 0) {
      throw new UsageError(`--torrents ${path}: expected lines of 40 hexadecimal digits, line ${bad + 1} is none`);
    }
    return new KnownTorrents(lines.map((line) => Buffer.from(line.trim(), 'hex').toString('latin1')));
  }

  /** One that no case has had; `undefined` when there are no more. */
  take(): string | undefined {
    return this.#hashes[this.#next++];
  }

  has(infoHash: string): boolean {
    return this.#all.has(infoHash);
  }
}
