import {
  type ExtensionMessage,
  encodeMessage,
  type LinkEvent,
  type LinkOptions,
  LocalProtocolError,
  type Message,
  PeerLink,
  type ViolationCode,
} from '@unchoke/wire';
import { concat } from './arbitraries.js';

export const INFO_HASH = new Uint8Array(20).fill(0xaa);
/** Eleven pieces of 48 KiB, the last of 5,000 bytes. */
export const TORRENT = { totalLength: 10 * 49_152 + 5_000, pieceLength: 49_152 };
export const BLOCK = 16_384;

/** Two links that have greeted each other, and the means to say things between them. */
export class Pair {
  readonly us: PeerLink;
  readonly peer: PeerLink;

  constructor(ours: Partial<LinkOptions> = {}, theirs: Partial<LinkOptions> = ours) {
    this.us = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(1), torrent: TORRENT, ...ours });
    this.peer = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(2), torrent: TORRENT, ...theirs });
    this.peer.receive(this.us.greet());
    this.us.receive(this.peer.greet());
  }

  /** The peer says it, and what that is for us. */
  hear(...messages: readonly (Message | ExtensionMessage)[]): readonly LinkEvent[] {
    return messages.flatMap((message) => this.us.receive(this.peer.send(message)));
  }

  say(...messages: readonly (Message | ExtensionMessage)[]): readonly LinkEvent[] {
    return messages.flatMap((message) => this.peer.receive(this.us.send(message)));
  }

  /** Bytes that no `PeerLink` would send. */
  hearBytes(...messages: readonly Message[]): readonly LinkEvent[] {
    return this.us.receive(concat(messages.map(encodeMessage)));
  }
}

export const FAST = {};
export const PLAIN = { offers: { fast: false } };
export const request = (piece: number, begin = 0, length = BLOCK): Message => ({
  type: 'request',
  piece,
  begin,
  length,
});
export const cancel = (piece: number, begin = 0, length = BLOCK): Message => ({ type: 'cancel', piece, begin, length });
export const reject = (piece: number, begin = 0, length = BLOCK): Message => ({ type: 'reject', piece, begin, length });
export const piece = (index: number, begin = 0, length = BLOCK): Message => {
  return { type: 'piece', piece: index, begin, block: new Uint8Array(length) };
};

/** A pair in which we may request from the peer. */
export function downloading(options: Partial<LinkOptions>): Pair {
  const pair = new Pair(options);
  if (pair.us.isFast) {
    pair.hear({ type: 'have-all' });
    pair.say({ type: 'have-none' });
  }
  pair.hear({ type: 'unchoke' });
  pair.say({ type: 'interested' });
  return pair;
}

export function violation(events: readonly LinkEvent[]): ViolationCode | undefined {
  const last = events.at(-1);
  return last?.type === 'protocol-violated' ? last.error.code : undefined;
}

export function oddities(events: readonly LinkEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === 'oddity-noticed' ? [event.oddity] : []));
}

export function refusal(command: () => unknown): string {
  try {
    command();
  } catch (error) {
    if (LocalProtocolError.isInstance(error)) return error.code;
    throw error;
  }
  return 'none';
}
