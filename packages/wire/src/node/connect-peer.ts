import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { makePeerId, PeerLink } from '../index.js';
import { type ConnectionOptions, PeerConnection } from './peer-connection.js';

/** Whom to call, about what. */
export interface ConnectPeerOptions extends ConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** 20 bytes. */
  readonly infoHash: Uint8Array;
}

/** The version in the peer ids that this package makes when it is given none. */
const PEER_ID_VERSION = '0000';

/**
 * Dials a peer and greets it. Resolves with the handshakes exchanged; the peer's is the first event.
 *
 * @throws {PeerConnectionError} when there is no peer, no handshake in time, or one about another torrent.
 * @example
 * ```ts
 * import { connectPeer, listenForPeers } from '@unchoke/wire/node';
 *
 * const infoHash = new Uint8Array(20).fill(0xaa);
 * const listener = await listenForPeers({ torrents: () => ({ infoHash }) });
 * const peer = await connectPeer({ host: '127.0.0.1', port: listener.port, infoHash });
 * console.assert(peer.link.isFast);
 * await peer.close();
 * await listener.close();
 * ```
 */
export async function connectPeer(options: ConnectPeerOptions): Promise<PeerConnection> {
  const { host, port } = options;
  const link = new PeerLink({ ...options, peerId: options.peerId ?? randomPeerId() });
  const socket = connect({ host, port });
  const peer = new PeerConnection(socket, link, options);
  socket.once('connect', () => peer.write(link.greet()));
  const reason = await Promise.race([peer.met, peer.closed]);
  if (reason !== undefined) throw reason;
  return peer;
}

/** A peer id of ours with twelve random characters. */
export function randomPeerId(): Uint8Array {
  return makePeerId(PEER_ID_VERSION, (bound) => randomInt(bound));
}
