import { createWriteStream, openSync, type WriteStream } from 'node:fs';
import { MockPeerError } from '../errors.js';
import { PCAP_HEADER } from '../pcap.js';
import type { TranscriptRecord } from '../transcript.js';

/** Where the transcript and the packets of a peer go. */
export interface Sinks {
  readonly onRecord: ((record: TranscriptRecord) => void) | undefined;
  readonly onPackets: ((packets: Uint8Array) => void) | undefined;
  /** Resolves when everything is in its file. */
  close(): Promise<void>;
}

/**
 * What is to be written down, and where to: `log` lines of JSON, `pcap` packets for Wireshark, `onRecord` a function.
 *
 * @example
 * const records: { message: string }[] = [];
 * const onRecord = (record: { message: string }) => records.push(record);
 * const seed = await startMockPeer({ ...randomTorrent('1MiB:42'), onRecord });
 */
export interface SinkOptions {
  readonly log?: string;
  readonly pcap?: string;
  readonly onRecord?: (record: TranscriptRecord) => void;
}

/** Opens the files that are wanted. Without any, nothing is read along. */
export function openSinks(options: SinkOptions): Sinks {
  const log = options.log === undefined ? undefined : new Sink(options.log, 'log');
  const pcap = options.pcap === undefined ? undefined : new Sink(options.pcap, 'pcap');
  pcap?.write(PCAP_HEADER);
  const record = (entry: TranscriptRecord): void => {
    log?.write(`${JSON.stringify(entry)}\n`);
    options.onRecord?.(entry);
  };
  return {
    onRecord: log === undefined && options.onRecord === undefined ? undefined : record,
    onPackets: pcap === undefined ? undefined : (packets) => pcap.write(packets),
    close: async () => {
      await Promise.all([log?.close(), pcap?.close()]);
    },
  };
}

/** A file that is written from front to back. */
class Sink {
  readonly #stream: WriteStream;
  #error: Error | undefined;

  constructor(path: string, option: string) {
    let fd: number;
    try {
      fd = openSync(path, 'w');
    } catch (error) {
      throw new MockPeerError('bad-option', `${path} cannot be written: ${(error as Error).message}`, option);
    }
    this.#stream = createWriteStream('', { fd });
    // A full disk must not stop the peer; whoever closes it hears of it.
    this.#stream.on('error', (error) => {
      this.#error ??= error;
    });
  }

  write(data: string | Uint8Array): void {
    if (this.#error === undefined) this.#stream.write(data);
  }

  async close(): Promise<void> {
    if (this.#error === undefined) await new Promise<void>((resolve) => this.#stream.end(resolve));
    if (this.#error !== undefined) throw this.#error;
  }
}
