import type { PeerKey } from '@unchoke/client';
import { HandshakeDecoder } from '@unchoke/wire';
import type { Host } from './virtual-network.js';
import { WireRecord } from './wire-record.js';

/** Some bytes on their way, as the sender handed them over. */
export interface Parcel {
  readonly bytes: Uint8Array;
  readonly payload: Uint8Array | undefined;
  /** Altered on the way out: what the sender meant to say is not what is said. */
  readonly isGarbled: boolean;
}

/** One end of a connection. */
export class VirtualSocket {
  readonly host: Host;
  /** How the torrent at this end calls it; of an accepted one, only once the handshake was read. */
  key: PeerKey | undefined;
  readonly origin: 'dialed' | 'accepted';
  /** The other end. */
  remote!: VirtualSocket;
  readonly greeting: HandshakeDecoder = new HandshakeDecoder();
  /** What this end has said, and how much of it has arrived. */
  readonly record: WireRecord;
  readonly unsent: Parcel[] = [];
  unsentBytes = 0;
  isQueued = false;
  isCrowded = false;
  isClosed = false;
  /** Nothing arrives here for now; what would have, waits. */
  clogs = 0;
  readonly held: (() => void)[] = [];
  /** What is sent later must not arrive earlier. */
  lastArrivalMs = 0;

  constructor(host: Host, key: PeerKey | undefined, origin: 'dialed' | 'accepted', pieceCount: number) {
    this.host = host;
    this.record = new WireRecord(pieceCount);
    this.key = key;
    this.origin = origin;
  }
}
