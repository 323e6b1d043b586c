import { encodeMessage, FrameDecoder, PeerLink } from '@unchoke/wire';
// @ts-expect-error The package has no types.
import Wire from 'bittorrent-protocol';
import type { Stream } from './streams.js';

/** Someone who reads a stream. */
export interface Contender {
  /** Gets everything ready for one peer and gives what is timed: it reads the stream and says how many messages it saw. */
  open(stream: Stream): () => number;
}

const INFO_HASH = new Uint8Array(20).fill(0xaa);
const UNCHOKE = encodeMessage({ type: 'unchoke' });

/** Frames to messages only. */
const frameDecoder: Contender = {
  open(stream) {
    const decoder = new FrameDecoder();
    return () => {
      let count = 0;
      for (const chunk of stream.chunks) {
        for (const message of decoder.push(chunk)) if (message.type === stream.type) count++;
      }
      return count;
    };
  },
};

/** With everything that is checked and kept. */
const peerLink: Contender = {
  open(stream) {
    const link = askingLink(stream);
    return () => {
      let count = 0;
      for (const chunk of stream.chunks)
        for (const event of link.receive(chunk)) if (event.type === stream.type) count++;
      return count;
    };
  },
};

/** And what a client does next: each block is copied to its place in its piece. */
const peerLinkCopying: Contender = {
  open(stream) {
    const link = askingLink(stream);
    const { pieceLength } = stream.torrent;
    return () => {
      let count = 0;
      for (const chunk of stream.chunks) {
        for (const event of link.receive(chunk)) {
          if (event.type === 'piece') CONTENT.set(event.block, event.piece * pieceLength + event.begin);
          if (event.type === stream.type) count++;
        }
      }
      return count;
    };
  },
};

/** Where blocks are copied to: as large as the torrent of the stream, and the same for all peers. */
const CONTENT = new Uint8Array(4 * 1_048_576);

function askingLink({ torrent, requests }: Stream): PeerLink {
  const link = new PeerLink({ infoHash: INFO_HASH, torrent, peerId: new Uint8Array(20).fill(1) });
  link.greet();
  link.receiveHandshake({ reserved: new Uint8Array(8), infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(2) });
  link.receive(UNCHOKE);
  link.send({ type: 'interested' });
  for (const request of requests) link.send({ type: 'request', ...request });
  return link;
}

/** Its parser is called directly: the stream around it, which its users pay for as well, is left out. */
const rival: Contender = {
  open(stream) {
    const wire = new Wire();
    const noop = (): void => {};
    wire.on('data', noop);
    let count = 0;
    wire.on(stream.type, () => {
      count++;
    });
    wire.handshake(INFO_HASH, new Uint8Array(20).fill(1));
    const handshake = new Uint8Array(68);
    handshake.set([19, ...Buffer.from('BitTorrent protocol')]);
    handshake.set(INFO_HASH, 28);
    wire._write(handshake, noop);
    wire._write(UNCHOKE, noop);
    for (const { piece, begin, length } of stream.requests) wire.request(piece, begin, length, noop);
    return () => {
      for (const chunk of stream.chunks) wire._write(chunk, noop);
      return count;
    };
  },
};

export const CONTENDERS: Readonly<Record<string, Contender>> = {
  FrameDecoder: frameDecoder,
  PeerLink: peerLink,
  'PeerLink, blocks copied': peerLinkCopying,
  'bittorrent-protocol': rival,
};
