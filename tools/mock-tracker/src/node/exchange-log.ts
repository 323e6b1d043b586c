import { createWriteStream, type WriteStream } from 'node:fs';
import type { Exchange } from '../exchange.js';
import { UNWRITTEN_LOG_BYTES_MAX } from '../limits.js';

/** Appends exchanges to a file as lines of JSON, with the time of day. */
export class ExchangeLog {
  readonly #stream: WriteStream | NodeJS.WriteStream;
  #lines: string[] = [];
  #droppedCount = 0;

  /** `-` is standard output. What goes wrong with the file costs the log, never the tracker. */
  constructor(path: string, onError: (error: Error) => void) {
    this.#stream = path === '-' ? process.stdout : createWriteStream(path, { flags: 'a' });
    this.#stream.on('error', onError);
  }

  write(exchange: Exchange): void {
    // Lines of one turn leave together.
    if (this.#lines.length === 0) setImmediate(() => this.#flush());
    this.#lines.push(JSON.stringify({ time: new Date().toISOString(), ...exchange }));
  }

  async close(): Promise<void> {
    this.#flush();
    if (this.#stream === process.stdout) return;
    await new Promise<void>((resolve) => {
      this.#stream.end(resolve);
    });
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    // A disk slower than the network: lines are dropped, and counted, before memory runs out.
    if (this.#stream.writableLength > UNWRITTEN_LOG_BYTES_MAX) {
      this.#droppedCount += lines.length;
      return;
    }
    if (this.#droppedCount > 0) lines.unshift(JSON.stringify({ droppedLines: this.#droppedCount }));
    this.#droppedCount = 0;
    this.#stream.write(`${lines.join('\n')}\n`);
  }
}
