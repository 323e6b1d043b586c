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
    const { torrent, type, chunks, requests } = stream;
    const link = new PeerLink({ infoHash: INFO_HASH, torrent, peerId: new Uint8Array(20).fill(1) });
    link.greet();
    link.receiveHandshake({ reserved: new Uint8Array(8), infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(2) });
    link.receive(UNCHOKE);
    link.send({ type: 'interested' });
    for (const request of requests) link.send({ type: 'request', ...request });
    return () => {
      let count = 0;
      for (const chunk of chunks) for (const event of link.receive(chunk)) if (event.type === type) count++;
      return count;
    };
  },
};

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
  'bittorrent-protocol': rival,
};
