import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { TRANSCRIPT_LINES_MAX } from './limits.js';

/** What happened in one case, as lines of JSON. The file is made with its first line. */
export class Transcript {
  readonly #folder: string;
  readonly #startedMs = performance.now();
  #stream: WriteStream | undefined;
  #lines = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(entry: { readonly [field: string]: unknown }): void {
    if (++this.#lines > TRANSCRIPT_LINES_MAX) return;
    if (this.#stream === undefined) {
      mkdirSync(this.#folder, { recursive: true });
      this.#stream = createWriteStream(join(this.#folder, 'transcript.jsonl'));
      // A transcript that cannot be written must not change a verdict.
      this.#stream.on('error', () => undefined);
    }
    const atMs = Math.round(performance.now() - this.#startedMs);
    this.#stream.write(`${JSON.stringify({ atMs, ...entry })}\n`);
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined || stream.closed) return;
    await new Promise<void>((resolve) => stream.end(() => resolve()));
  }
}
