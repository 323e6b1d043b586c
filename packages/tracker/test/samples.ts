import fc from 'fast-check';
import { type AnnounceRequest, formatAddress, type ListedPeer, PeerList, type UdpAnnouncePeers } from '../src/index.js';

/** Bytes as two hexadecimal digits each, spaces allowed. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  );
}

/** One byte per character. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export const hashes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 20, maxLength: 20 });
export const u16: fc.Arbitrary<number> = fc.nat(0xffff);
export const u32: fc.Arbitrary<number> = fc.oneof(
  fc.nat(0x7fff_ffff),
  fc.integer({ min: 0x8000_0000, max: 0xffff_ffff }),
);
export const u64: fc.Arbitrary<bigint> = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
export const counts: fc.Arbitrary<number> = fc.oneof(fc.nat(), fc.maxSafeNat());

export const ipv4: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 4, maxLength: 4 })
  .map((bytes) => formatAddress(bytes));
export const ipv6: fc.Arbitrary<string> = fc
  .oneof(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    // Mostly zeros, as real addresses are: they take the short forms.
    fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(255)), { minLength: 16, maxLength: 16 }),
  )
  .map((bytes) => formatAddress(Uint8Array.from(bytes)));

export const compactPeers: fc.Arbitrary<PeerList> = fc
  .array(fc.record({ host: fc.oneof(ipv4, ipv6), port: u16 }), { maxLength: 40 })
  .map((peers) => PeerList.of(peers));

export const listedPeers: fc.Arbitrary<PeerList> = fc
  .array(
    fc.record(
      { host: fc.oneof(ipv4, ipv6, fc.domain()), port: u16, peerId: hashes },
      { requiredKeys: ['host', 'port'] },
    ) as fc.Arbitrary<ListedPeer>,
    { maxLength: 20 },
  )
  .map((listed) => new PeerList(new Uint8Array(0), new Uint8Array(0), listed));

/** What both protocols carry of an announce. */
export const announceRequests: fc.Arbitrary<AnnounceRequest> = fc.record(
  {
    infoHash: hashes,
    peerId: hashes,
    port: u16,
    uploaded: counts,
    downloaded: counts,
    left: counts,
    key: u32,
    event: fc.constantFrom('started' as const, 'completed' as const, 'stopped' as const, 'paused' as const),
    numWant: fc.nat(0x7fff_ffff),
  },
  { requiredKeys: ['infoHash', 'peerId', 'port', 'uploaded', 'downloaded', 'left', 'key'] },
) as fc.Arbitrary<AnnounceRequest>;

export const udpAnnouncePeers: fc.Arbitrary<UdpAnnouncePeers> = fc.record({
  type: fc.constant('peers' as const),
  intervalS: fc.nat(0x7fff_ffff),
  complete: u32,
  incomplete: u32,
  peers: compactPeers,
});
