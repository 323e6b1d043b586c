/**
 * Every bound of this package. A length that a peer declares is held against these before anything is stored or allocated.
 *
 * @example
 * ```ts
 * import { FrameDecoder, LIMITS } from '@unchoke/wire';
 *
 * const decoder = new FrameDecoder({ blockBytesMax: LIMITS.blockBytesCeiling });
 * console.assert(decoder.heldBytes === 0);
 * ```
 */
export const LIMITS = {
  /** One block. BEP 3, peer messages: every client uses 2^14 and closes on more. */
  blockBytesMax: 16_384,
  /** How far `blockBytesMax` can be raised: the largest block any client is known to serve (webtorrent, 128 KiB). */
  blockBytesCeiling: 131_072,
  /** Pieces of a torrent whose metadata is not known yet; bounds its bitfield to 256 KiB. The same bound as libtorrent's. */
  pieceCountMax: 2_097_152,
  /** Payload of a message with an id that no BEP here defines. It is preserved for you, so it has to be small. */
  unknownBytesMax: 16_384,
  /** Hashes in one `hashes` message: 512 of the base layer (BEP 52) and one uncle for each of at most 64 layers above. */
  hashCountMax: 576,
  /** Extended handshake (BEP 10). Those of real clients have 100 to 500 bytes. */
  extendedHandshakeBytesMax: 16_384,
  /** ut_metadata (BEP 9): 16 KiB of metadata, and 512 bytes for the small dictionary before it. */
  metadataMessageBytesMax: 16_896,
  /** ut_pex (BEP 11): 50 + 50 contacts, but the first message may have more; 32 KiB hold more than a thousand. */
  pexBytesMax: 32_768,
  /** Contacts taken from one PEX message, each list by itself. BEP 11 allows 50, and more only in the first. */
  pexPeersMax: 200,
  /** lt_donthave (BEP 54): one piece index. */
  dontHaveBytesMax: 4,
  /** upload_only (BEP 21 as a message): one byte; a bencoded integer is seen as well. */
  uploadOnlyBytesMax: 16,
  /** ut_holepunch (BEP 55): the long form, with an IPv6 address. */
  holepunchBytesMax: 24,
  /** Payload of an extended message with an id that we never gave out. */
  extensionBytesMax: 16_384,
  /** Extensions remembered from a peer's `m`. Real clients name up to about 12. */
  extensionCountMax: 64,
  /** Bytes of one extension's name. */
  extensionNameBytesMax: 64,
  /** Bytes of a peer's own name for itself (`v` in the extended handshake); what is longer is cut. */
  clientNameBytesMax: 128,
  /**
   * Payloads of extended messages that cannot be read, until the link ends. A client with a mistake in one extension sends a few;
   * whoever sends nothing else has us parse for nothing, which costs more than a block does.
   */
  malformedPayloadsMax: 16,
  /** Values in one bencoded payload: enough for every BEP here, so that a bomb costs nothing. */
  payloadValueCountMax: 1024,
  /** Lists and dictionaries inside each other in such a payload; no BEP here has more than two. */
  payloadDepthMax: 8,
  /** Outstanding requests that are assumed fine until a peer says `reqq` (BEP 10: 250). */
  requestQueueDefault: 250,
  /** Outstanding requests tracked in either direction, whatever `reqq` says. libtorrent's queue ends here as well. */
  requestQueueMax: 2000,
  /** Allowed-fast pieces remembered in either direction. BEP 6 suggests 10. */
  allowedFastMax: 64,
  /** Metadata (BEP 9). The largest honest one in a public crawl of 6,498 had 4.24 MB; this is 8 MiB. */
  metadataBytesMax: 8_388_608,
  /** Different metadata sizes tried at the same time: one liar must not decide for all, and many must not multiply memory. */
  metadataSizesMax: 3,
  /** Peers a metadata fetch remembers. */
  metadataPeersMax: 200,
  /** Parts of the metadata asked from one peer at a time. */
  metadataPipelineMax: 2,
  /** A part that takes longer is asked elsewhere: 16 KiB in 20 s is slower than any link that is of use. */
  metadataPartTimeoutMs: 20_000,
  /** After a reject or a time-out a peer rests, twice as long each time: it may not have the metadata yet (BEP 9, request). */
  metadataRestMs: 5_000,
  /** How often that doubles; a peer is then asked every five minutes. */
  metadataRestDoublingsMax: 6,
  /** A size of which no new part came for so long makes room for another size that peers declare. */
  metadataStallMs: 60_000,
} as const;

/** What a partial frame may be given before its bytes are here; longer ones grow as they arrive, by doubling. */
export const FRAME_BYTES_AT_ONCE: number = 32_768;
