import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { SeedRecord } from '../seed-goal.js';

const FIELDS = ['sentBytes', 'receivedBytes', 'seedingMs'] as const;

/** Where it is written down what a torrent has given, from one run to the next. */
export class SeedRecordFile {
  readonly #path: string;
  #last: string;
  #saving: Promise<void> = Promise.resolve();
  readonly past: SeedRecord | undefined;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#last = text;
    this.past = parsed(text);
  }

  /** Without a file, or with a damaged one, it begins anew. */
  static async open(path: string): Promise<SeedRecordFile> {
    return new SeedRecordFile(path, await readFile(path, 'utf8').catch(() => ''));
  }

  /** Writes when there is news. A disk that takes nothing must not end the seeding: then it is tried again the next time. */
  save(record: SeedRecord): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      const text = `${JSON.stringify(record)}\n`;
      if (text === this.#last) return;
      const draft = `${this.#path}.new`;
      try {
        await writeFile(draft, text);
        await rename(draft, this.#path);
        this.#last = text;
      } catch {
        await rm(draft, { force: true }).catch(() => undefined);
      }
    });
    return this.#saving;
  }

  async forget(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

function parsed(text: string): SeedRecord | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const isCount = (field: string) => Number.isFinite(value[field]) && (value[field] as number) >= 0;
    return FIELDS.every(isCount) ? (value as unknown as SeedRecord) : undefined;
  } catch {
    return undefined;
  }
}
