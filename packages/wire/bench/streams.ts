import { encodeMessage, type Message, type TorrentShape } from '@unchoke/wire';

/** What one peer sends after the handshake, as a socket delivers it: in chunks of 64 KiB that end anywhere. */
export interface Stream {
  readonly name: string;
  readonly type: 'piece' | 'have';
  readonly torrent: TorrentShape;
  readonly chunks: readonly Uint8Array[];
  readonly messageCount: number;
  readonly byteCount: number;
  /** What the blocks answer: asked before the clock starts. */
  readonly requests: readonly { readonly piece: number; readonly begin: number; readonly length: number }[];
  /** How many peers send it, one after the other, in one round. */
  readonly peerCount: number;
}

const CHUNK_BYTES = 65_536;
const BLOCK = 16_384;
const PIECE = 262_144;
/** As many requests as an eager client has on the way. */
const REQUEST_COUNT = 128;
/** Just below what bittorrent-protocol's bitfield holds: each `have` is news to it. */
const HAVE_COUNT = 390_000;

export const STREAMS: Readonly<Record<string, () => Stream>> = { pieces: pieceStream, haves: haveStream };

/** 512 MiB from 256 peers. */
function pieceStream(): Stream {
  const block = new Uint8Array(BLOCK).fill(7);
  const requests = Array.from({ length: REQUEST_COUNT }, (_, index) => {
    return { piece: Math.floor((index * BLOCK) / PIECE), begin: (index * BLOCK) % PIECE, length: BLOCK };
  });
  return {
    name: 'blocks of 16 KiB',
    type: 'piece',
    torrent: { totalLength: REQUEST_COUNT * BLOCK, pieceLength: PIECE },
    ...chunked(requests.map(({ piece, begin }) => ({ type: 'piece', piece, begin, block }))),
    requests,
    peerCount: 256,
  };
}

function haveStream(): Stream {
  return {
    name: '`have`',
    type: 'have',
    torrent: { totalLength: HAVE_COUNT * BLOCK, pieceLength: BLOCK },
    ...chunked(Array.from({ length: HAVE_COUNT }, (_, piece) => ({ type: 'have', piece }))),
    requests: [],
    peerCount: 5,
  };
}

function chunked(messages: readonly Message[]): Pick<Stream, 'chunks' | 'messageCount' | 'byteCount'> {
  const bytes = new Uint8Array(Buffer.concat(messages.map(encodeMessage)));
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) chunks.push(bytes.subarray(at, at + CHUNK_BYTES));
  return { chunks, messageCount: messages.length, byteCount: bytes.length };
}
