import type { Socket } from 'node:net';
import type { Handshake } from '@unchoke/wire';
import type { PeerAddress } from '../address-book.js';
import type { PeerKey, TorrentAction, TorrentEvent } from '../events.js';
import type { Announces } from './announces.js';
import { PeerSocket, type SocketListener } from './peer-socket.js';

/** What a torrent and a magnet link want of the network. */
export type NetworkAction = Extract<
  TorrentAction,
  { readonly type: 'open-socket' | 'send-bytes' | 'close-socket' | 'announce' | 'cancel-announce' }
>;

/** What it tells them. */
type NetworkEvent = Extract<
  TorrentEvent,
  {
    readonly type:
      | 'socket-opened'
      | 'peer-accepted'
      | 'bytes-received'
      | 'socket-crowded'
      | 'socket-drained'
      | 'socket-closed';
  }
>;

/** Who hears of it. */
export interface NetworkListener {
  readonly deliver: (event: NetworkEvent) => void;
  /** A payload has left, or never will; its memory is free. */
  readonly sent: (payload: Uint8Array) => void;
}

/** The sockets and announces of one torrent, or of a magnet link on its way to be one. */
export class Network {
  readonly #announces: Announces;
  readonly #listener: NetworkListener;
  readonly #sockets = new Map<PeerKey, PeerSocket>();
  /** Those that something was sent on in this turn. */
  readonly #unflushed: PeerSocket[] = [];
  #isHeld = false;

  constructor(announces: Announces, listener: NetworkListener) {
    this.#announces = announces;
    this.#listener = listener;
  }

  perform(action: NetworkAction): void {
    switch (action.type) {
      case 'open-socket':
        this.#keep(action.peer, PeerSocket.dial(action.address, this.#listenerOf(action.peer)));
        break;
      case 'send-bytes':
        this.#send(action);
        break;
      case 'close-socket':
        this.#sockets.get(action.peer)?.close();
        this.#sockets.delete(action.peer);
        break;
      case 'announce':
        void this.#announces.announce(action.announce);
        break;
      case 'cancel-announce':
        this.#announces.cancel(action.exchange);
        break;
      default:
        action satisfies never;
    }
  }

  /** Takes over a connection that somebody else opened; its first bytes were read elsewhere. */
  adopt(peer: PeerKey, socket: Socket, address: PeerAddress, handshake: Handshake, rest: Uint8Array): void {
    this.#keep(peer, PeerSocket.adopt(socket, this.#listenerOf(peer)));
    this.#listener.deliver({ type: 'peer-accepted', peer, address, handshake });
    if (rest.length > 0) this.#listener.deliver({ type: 'bytes-received', peer, bytes: rest });
  }

  /** All that was sent in a turn goes out together. */
  flush(): void {
    for (const socket of this.#unflushed.splice(0)) socket.flush();
  }

  /** Senders wait, as TCP has it, or go on. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    for (const socket of this.#sockets.values()) socket.hold(isHeld);
  }

  closeSockets(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #keep(peer: PeerKey, socket: PeerSocket): void {
    this.#sockets.set(peer, socket);
    socket.hold(this.#isHeld);
  }

  #send({ peer, bytes, payload }: Extract<NetworkAction, { type: 'send-bytes' }>): void {
    const socket = this.#sockets.get(peer);
    if (socket === undefined && payload !== undefined) this.#listener.sent(payload);
    if (socket?.send(bytes, payload) === true) this.#unflushed.push(socket);
  }

  #listenerOf(peer: PeerKey): SocketListener {
    const { deliver, sent } = this.#listener;
    return {
      opened: () => deliver({ type: 'socket-opened', peer }),
      received: (bytes) => deliver({ type: 'bytes-received', peer, bytes }),
      sent,
      crowded: () => deliver({ type: 'socket-crowded', peer }),
      drained: () => deliver({ type: 'socket-drained', peer }),
      closed: (reason) => {
        this.#sockets.delete(peer);
        deliver({ type: 'socket-closed', peer, reason });
      },
    };
  }
}
