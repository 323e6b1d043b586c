import {
  encodeExtendedHandshake,
  encodeHandshake,
  encodeMessage,
  encodeMetadataMessage,
  encodePexMessage,
  type LinkEvent,
  ODDITIES,
  PeerLink,
  parseDontHave,
  parseExtendedHandshake,
  parseHolepunchMessage,
  parseMetadataMessage,
  parsePexMessage,
  parseUploadOnly,
  RemoteProtocolError,
  VIOLATIONS,
} from '@unchoke/wire';
import fc from 'fast-check';
import { anyMessage, concat, cut, cuts } from './arbitraries.js';

const INFO_HASH = new Uint8Array(20).fill(0xaa);
const TORRENT = { totalLength: 1_000 * 32_768, pieceLength: 32_768 };

/** The longest frame of a link whose torrent is not known (a bitfield of 2^21 pieces) and the handshake before it. */
export const HELD_BYTES_MAX: number = 4 + 1 + 262_144;

/** Links in every agreement, each greeted by the peer already. */
export function greetedLink(isFast: boolean, isTorrentKnown: boolean): PeerLink {
  const link = new PeerLink({
    infoHash: INFO_HASH,
    peerId: new Uint8Array(20).fill(1),
    offers: { fast: isFast },
    ...(isTorrentKnown ? { torrent: TORRENT } : {}),
  });
  link.greet();
  const reserved = new Uint8Array([0, 0, 0, 0, 0, 0x10, 0, 0x05]);
  link.receive(encodeHandshake({ reserved, infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(2) }));
  return link;
}

/** Checks that whatever happened can be said in the closed lists, and that a violation is the last word. */
export function checkEvents(events: readonly LinkEvent[]): void {
  for (const [index, event] of events.entries()) {
    if (event.type === 'oddity-noticed' && !(event.oddity in ODDITIES))
      throw new Error(`unlisted oddity ${event.oddity}`);
    if (event.type !== 'protocol-violated') continue;
    if (!(event.error.code in VIOLATIONS)) throw new Error(`unlisted violation ${event.error.code}`);
    if (index !== events.length - 1) throw new Error('an event after the violation');
  }
}

const u32Bytes = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

/** A frame whose length, id and payload need not fit each other. */
const looseFrame = fc
  .record({
    length: fc.oneof(fc.nat(60), fc.nat(20_000), fc.integer({ min: 0, max: 0xffff_ffff })),
    id: fc.oneof(fc.nat(23), fc.nat(255)),
    rest: fc.uint8Array({ maxLength: 60 }),
  })
  .map(({ length, id, rest }) => new Uint8Array([...u32Bytes(length), id, ...rest]));

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Payloads that look like those of extensions, and mutants of real ones. */
export const payload: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc
    .array(fc.constantFrom('d', 'l', 'e', 'i', '1', '0', '-', ':', '1:m', '8:msg_type', '5:piece', 'i0e', 'i1e'), {
      maxLength: 40,
    })
    .map((parts) => utf8(parts.join(''))),
  fc
    .record({
      base: fc.constantFrom(
        encodeExtendedHandshake({
          extensions: new Map([
            ['ut_metadata', 3],
            ['ut_pex', 1],
          ]),
          metadataSize: 31_235,
          client: 'x',
          requestQueue: 5,
          yourIp: new Uint8Array(4),
        }),
        encodeMetadataMessage({ kind: 'data', part: 0, totalLength: 40, bytes: new Uint8Array(40) }),
        encodePexMessage({
          added: [
            { host: '192.0.2.1', port: 6881, flags: 1 },
            { host: '2001:db8::1', port: 1, flags: 0 },
          ],
          dropped: [{ host: '192.0.2.9', port: 7 }],
        }),
        new Uint8Array([1, 0, 192, 0, 2, 1, 26, 225, 0, 0, 0, 0]),
      ),
      at: fc.nat(200),
      byte: fc.nat(255),
      end: fc.nat(300),
    })
    .map(({ base, at, byte, end }) => {
      const mutant = base.slice(0, Math.max(1, end % (base.length + 30)));
      mutant[at % mutant.length] = byte;
      return mutant;
    }),
);

const extendedFrame = fc
  .record({ id: fc.oneof(fc.nat(5), fc.nat(255)), payload })
  .map(({ id, payload: bytes }) => encodeMessage({ type: 'extended', id, payload: bytes }));

/** A stream that gets past framing often enough to reach everything behind it. */
export const hostileStream: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: anyMessage.map(encodeMessage) },
      { weight: 3, arbitrary: extendedFrame },
      looseFrame,
      fc.uint8Array({ maxLength: 30 }),
    ),
    { maxLength: 30 },
  )
  .map(concat);

/** Any bytes, in any cuts, at any link: events and nothing else, and never more held than a frame. */
export const anyBytesYieldEvents: fc.IPropertyWithHooks<[boolean, boolean, Uint8Array, readonly number[]]> =
  fc.property(fc.boolean(), fc.boolean(), hostileStream, cuts, (isFast, isTorrentKnown, stream, sizes) => {
    const link = greetedLink(isFast, isTorrentKnown);
    let fed = 0;
    for (const chunk of cut(stream, sizes)) {
      fed += chunk.length;
      checkEvents(link.receive(chunk));
      if (link.heldBytes > Math.min(fed, HELD_BYTES_MAX)) throw new Error(`${link.heldBytes} bytes held`);
    }
    if (!isTorrentKnown) checkEvents(link.learnTorrent(TORRENT));
  });

/** Where TCP cuts does not change what happens. */
export const cutsDoNotMatter: fc.IPropertyWithHooks<[boolean, Uint8Array, readonly number[]]> = fc.property(
  fc.boolean(),
  hostileStream,
  cuts,
  (isFast, stream, sizes) => {
    const whole = describeAll(greetedLink(isFast, true), [stream.slice()]);
    const inParts = describeAll(greetedLink(isFast, true), cut(stream, sizes));
    if (whole !== inParts) throw new Error(`whole:\n${whole}\nin parts:\n${inParts}`);
  },
);

const PARSERS = [
  parseDontHave,
  parseExtendedHandshake,
  parseHolepunchMessage,
  parseMetadataMessage,
  parsePexMessage,
  parseUploadOnly,
];

/** A payload parser gives a value or says what is wrong with the payload; nothing else leaves it. */
export const anyPayloadIsReadOrRefused: fc.IPropertyWithHooks<[Uint8Array]> = fc.property(payload, (bytes) => {
  for (const parse of PARSERS) {
    try {
      parse(bytes);
    } catch (error) {
      if (!RemoteProtocolError.isInstance(error) || error.code !== 'payload-malformed') throw error;
    }
  }
});

/** Events as text at once, since their bytes hold only until the next chunk. */
function describeAll(link: PeerLink, chunks: Iterable<Uint8Array>): string {
  const lines: string[] = [];
  for (const chunk of chunks) {
    for (const event of link.receive(chunk)) {
      lines.push(JSON.stringify(event, (_, value) => (value instanceof Map ? [...value] : value)));
    }
    chunk.fill(0xee);
  }
  return lines.join('\n');
}
