import fc from 'fast-check';
import {
  type AnnounceReply,
  type AnnounceRequest,
  formatAddress,
  type ListedPeer,
  PeerList,
  type UdpAnnouncePeers,
} from '../src/index.js';

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

/** What only HTTP carries besides. */
export const httpRequests: fc.Arbitrary<AnnounceRequest> = fc
  .tuple(
    announceRequests,
    fc.record(
      {
        compact: fc.boolean(),
        noPeerId: fc.boolean(),
        supportCrypto: fc.boolean(),
        requireCrypto: fc.boolean(),
        trackerId: fc.uint8Array({ minLength: 1, maxLength: 40 }),
        ip: fc.oneof(ipv4, ipv6),
        ipv4,
        ipv6: ipv6.map((host) => `[${host}]:6881`),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Partial<AnnounceRequest>>,
  )
  .map(([request, extra]) => ({ ...request, ...extra }));

const words = fc.string({ unit: 'grapheme', maxLength: 40 });
/** Text that a tracker may send; control characters are lost on purpose, so they are left out here. */
export const sentences: fc.Arbitrary<string> = words.map((text) => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ''));

export const announceReplies: fc.Arbitrary<AnnounceReply> = fc.oneof(
  { weight: 4, arbitrary: goodReplies() },
  fc.record(
    {
      type: fc.constant('failure' as const),
      reason: sentences,
      retryInMinutes: fc.oneof(fc.constant('never' as const), fc.integer({ min: 1 })),
    },
    { requiredKeys: ['type', 'reason'] },
  ) as fc.Arbitrary<AnnounceReply>,
);

function goodReplies(): fc.Arbitrary<AnnounceReply> {
  return fc.record(
    {
      type: fc.constant('peers' as const),
      intervalS: fc.maxSafeInteger(),
      minIntervalS: fc.maxSafeInteger(),
      complete: counts,
      incomplete: counts,
      downloaded: counts,
      trackerId: fc.uint8Array({ maxLength: 40 }),
      externalIp: fc.oneof(ipv4, ipv6),
      warning: sentences,
      peers: fc.oneof(compactPeers, listedPeers),
    },
    { requiredKeys: ['type', 'peers'] },
  ) as fc.Arbitrary<AnnounceReply>;
}
