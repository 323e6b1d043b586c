import { setTimeout as sleep } from 'node:timers/promises';
import type { Metainfo } from '@unchoke/metainfo';
import { connectPeer, type PeerConnection } from '@unchoke/wire/node';
import { wireInfoHash } from './content.js';

const ASK_AGAIN_MS = 100;

/** Asks a program for its pieces until it has so many. Most say nothing when they are ready; a peer is the only one to ask. */
export async function untilServing(host: string, port: number, metainfo: Metainfo, pieceCount: number): Promise<void> {
  while ((await countPieces(host, port, metainfo)) < pieceCount) await sleep(ASK_AGAIN_MS);
}

async function countPieces(host: string, port: number, metainfo: Metainfo): Promise<number> {
  let peer: PeerConnection | undefined;
  try {
    peer = await connectPeer({ host, port, infoHash: wireInfoHash(metainfo), torrent: metainfo });
    for await (const event of peer) {
      if (event.type === 'have-all') return metainfo.pieceCount;
      if (event.type === 'bitfield') return countBits(event.bits);
      if (event.type !== 'handshake-received' && event.type !== 'extended-handshake') return 0;
    }
  } catch {
    // Not there yet, or not ready to talk about this torrent.
  } finally {
    await peer?.close();
  }
  return 0;
}

function countBits(bits: Uint8Array): number {
  let count = 0;
  for (let byte of bits) for (; byte > 0; byte &= byte - 1) count++;
  return count;
}
