import { Bitfield, Geometry } from '@unchoke/pieces';
import { expect, test } from 'vitest';
import { Torrent } from '../src/index.js';

test('a piece is announced to a peer that has not said yet what it has, as one that has nothing need not', () => {
  const geometry = new Geometry({ totalLength: 50_000, pieceLength: 16_384 });
  const torrent = new Torrent({
    infoHash: new Uint8Array(20),
    peerId: new Uint8Array(20).fill(1),
    port: 0,
    geometry,
    have: Bitfield.empty(geometry.pieceCount),
    partials: [{ piece: geometry.pieceAt(2)!, blocks: Uint8Array.of(0x80) }],
    nextPeerKey: () => 1,
    randomBelow: () => 0,
  });
  torrent.handle({ type: 'torrent-started' }, 0);
  const handshake = { reserved: new Uint8Array(8), infoHash: new Uint8Array(20), peerId: new Uint8Array(20).fill(2) };
  torrent.handle({ type: 'peer-accepted', peer: 7, address: { host: '192.0.2.1', port: 6881 }, handshake }, 0);
  const verified = {
    type: 'piece-verified',
    piece: geometry.pieceAt(2)!,
    isValid: true,
    blockDigests: undefined,
  } as const;
  const sent = torrent.handle(verified, 0).filter(({ type }) => type === 'send-bytes');
  // BEP 3: length 5, have, the index.
  expect(sent).toEqual([{ type: 'send-bytes', peer: 7, bytes: Uint8Array.of(0, 0, 0, 5, 4, 0, 0, 0, 2) }]);
});
