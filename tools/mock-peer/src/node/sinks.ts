import { createWriteStream, type WriteStream } from 'node:fs';
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
  const log = options.log === undefined ? undefined : createWriteStream(options.log);
  const pcap = options.pcap === undefined ? undefined : createWriteStream(options.pcap);
  pcap?.write(PCAP_HEADER);
  const record = (entry: TranscriptRecord): void => {
    log?.write(`${JSON.stringify(entry)}\n`);
    options.onRecord?.(entry);
  };
  return {
    onRecord: log === undefined && options.onRecord === undefined ? undefined : record,
    onPackets: pcap === undefined ? undefined : (packets) => pcap.write(packets),
    close: async () => {
      await Promise.all([ended(log), ended(pcap)]);
    },
  };
}

function ended(stream: WriteStream | undefined): Promise<void> {
  if (stream === undefined) return Promise.resolve();
  return new Promise((resolve, reject) => {
    stream.on('error', reject);
    stream.end(() => resolve());
  });
}
