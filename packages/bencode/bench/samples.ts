import { encode } from '@unchoke/bencode';

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The four shapes of bencode that a client meets. */
export const SAMPLES: readonly Sample[] = [
  { name: '2 MB torrent, mostly piece hashes', bytes: torrentOfPieces(2_000_000) },
  { name: 'torrent of 20,000 files', bytes: torrentOfFiles(20_000) },
  { name: 'compact tracker reply, 50 peers', bytes: trackerReply(50) },
  { name: 'DHT get_peers reply', bytes: dhtReply() },
];

function torrentOfPieces(pieceBytes: number): Uint8Array {
  return encode({
    announce: 'http://tracker.example/announce',
    'creation date': 1_700_000_000,
    info: { length: 26_214_400_000, name: 'image.iso', 'piece length': 262_144, pieces: noise(pieceBytes) },
  });
}

function torrentOfFiles(fileCount: number): Uint8Array {
  const files = Array.from({ length: fileCount }, (_, index) => ({
    length: 1000 + ((index * 7919) % 100_000),
    path: [`folder-${index % 100}`, `photo-${index}.jpg`],
  }));
  return encode({
    announce: 'http://tracker.example/announce',
    info: { files, name: 'photos', 'piece length': 262_144, pieces: noise(80_000) },
  });
}

function trackerReply(peerCount: number): Uint8Array {
  return encode({ complete: 12, incomplete: 34, interval: 1800, 'min interval': 60, peers: noise(peerCount * 6) });
}

function dhtReply(): Uint8Array {
  const values = Array.from({ length: 8 }, () => noise(6));
  return encode({ r: { id: noise(20), nodes: noise(208), token: noise(8), values }, t: 'aa', v: 'UK01', y: 'r' });
}

/** Bytes without a pattern, the same in every run. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 0x2545f491;
  for (let index = 0; index < length; index++) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
