import type { PeerAddress } from '../events.js';
import { PcapConnection } from '../pcap.js';
import { Transcript, type TranscriptRecord } from '../transcript.js';
import type { Sinks } from './sinks.js';

/** Writes down one connection, as transcript, as packets or as both. */
export class Recorder {
  readonly #sinks: Sinks;
  readonly #epochMs: number;
  readonly #connection: number;
  readonly #origin: 'dialled' | 'accepted';
  readonly #remote: PeerAddress;
  readonly #transcript: Transcript | undefined;
  readonly #packets: PcapConnection | undefined;

  constructor(
    sinks: Sinks,
    epochMs: number,
    connection: number,
    origin: 'dialled' | 'accepted',
    local: PeerAddress,
    remote: PeerAddress,
  ) {
    this.#sinks = sinks;
    this.#epochMs = epochMs;
    this.#connection = connection;
    this.#origin = origin;
    this.#remote = remote;
    this.#transcript = sinks.onRecord === undefined ? undefined : new Transcript(connection);
    this.#packets = sinks.onPackets === undefined ? undefined : new PcapConnection(local, remote);
  }

  opened(timeMs: number): void {
    const remote = `${this.#remote.host}:${this.#remote.port}`;
    this.#event({ message: 'opened', origin: this.#origin, remote }, timeMs);
    const opener = this.#origin === 'dialled' ? 'sent' : 'received';
    if (this.#packets !== undefined) this.#write(this.#packets.open(opener, this.#epochMs + timeMs));
  }

  bytes(direction: 'sent' | 'received', bytes: Uint8Array, timeMs: number): void {
    for (const record of this.#transcript?.tap(direction, bytes, timeMs) ?? []) this.#sinks.onRecord?.(record);
    if (this.#packets !== undefined) this.#write(this.#packets.data(direction, bytes, this.#epochMs + timeMs));
  }

  closed(reason: string, timeMs: number): void {
    for (const record of this.#transcript?.end(timeMs) ?? []) this.#sinks.onRecord?.(record);
    this.#event({ message: 'closed', reason }, timeMs);
    const isTheirs = reason === 'the other side closed';
    if (this.#packets !== undefined)
      this.#write(this.#packets.close(isTheirs ? 'received' : 'sent', 'end', this.#epochMs + timeMs));
  }

  #event(fields: { readonly message: string; readonly [field: string]: unknown }, timeMs: number): void {
    const record: TranscriptRecord = { timeMs, connection: this.#connection, direction: 'event', ...fields };
    this.#sinks.onRecord?.(record);
  }

  #write(packets: Uint8Array): void {
    if (packets.length > 0) this.#sinks.onPackets?.(packets);
  }
}
