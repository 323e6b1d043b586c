import { sha1 } from '@unchoke/mock-peer';

/** BEP 6: the canonical allowed fast set of an IPv4 address, in its order. */
export function allowedFastSet(
  host: string,
  infoHash: Uint8Array,
  pieceCount: number,
  count: number,
): readonly number[] {
  const network = host.split('.').map(Number).slice(0, 3);
  const set: number[] = [];
  let digest: Uint8Array = new Uint8Array([...network, 0, ...infoHash]);
  while (set.length < Math.min(count, pieceCount)) {
    digest = sha1(digest);
    const view = new DataView(digest.buffer, digest.byteOffset, digest.length);
    for (let i = 0; i < 5 && set.length < count; i++) {
      const piece = view.getUint32(4 * i) % pieceCount;
      if (!set.includes(piece)) set.push(piece);
    }
  }
  return set;
}
