import type { Geometry, Picker } from '@unchoke/pieces';
import type { ExtensionMessage, Message } from '@unchoke/wire';
import type { CloseReason, PeerKey, TorrentAction, TorrentNotice } from './events.js';
import type { Peer } from './peer.js';
import type { RandomBelow } from './random.js';

/** What the parts of a torrent share: its peers, its picker, the time of the event in hand, and what is to be done. */
export class Scene {
  readonly geometry: Geometry;
  /** Another one after the disk was looked at anew. */
  picker: Picker;
  readonly randomBelow: RandomBelow;
  readonly peers: Map<PeerKey, Peer> = new Map();
  nowMs = 0;
  /** Why nothing may be asked for now; undefined when all is well. */
  stall: string | undefined;
  isStalled = false;
  #actions: TorrentAction[] = [];
  readonly #doomed: { readonly peer: Peer; readonly reason: CloseReason; readonly detail: string }[] = [];

  constructor(geometry: Geometry, picker: Picker, randomBelow: RandomBelow) {
    this.geometry = geometry;
    this.picker = picker;
    this.randomBelow = randomBelow;
  }

  do(action: TorrentAction): void {
    this.#actions.push(action);
  }

  notify(notice: TorrentNotice): void {
    this.#actions.push({ type: 'notify', notice });
  }

  send(peer: Peer, message: Message | ExtensionMessage): void {
    this.sendBytes(peer, peer.link.send(message));
  }

  sendBytes(peer: Peer, bytes: Uint8Array, payload?: Uint8Array): void {
    peer.lastSentMs = this.nowMs;
    const { key } = peer;
    const type = 'send-bytes';
    this.#actions.push(payload === undefined ? { type, peer: key, bytes } : { type, peer: key, bytes, payload });
  }

  /** To be closed once the event in hand was dealt with; several parts may come to that conclusion, the first one counts. */
  doom(peer: Peer, reason: CloseReason, detail: string): void {
    if (!this.isDoomed(peer)) this.#doomed.push({ peer, reason, detail });
  }

  isDoomed(peer: Peer): boolean {
    return this.#doomed.length > 0 && this.#doomed.some((entry) => entry.peer === peer);
  }

  takeDoomed(): { readonly peer: Peer; readonly reason: CloseReason; readonly detail: string } | undefined {
    return this.#doomed.shift();
  }

  takeActions(): readonly TorrentAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }
}
