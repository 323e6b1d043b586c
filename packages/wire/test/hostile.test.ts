import { encodeMessage, FrameDecoder, HandshakeDecoder, type Message } from '@unchoke/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat } from './arbitraries.js';
import {
  anyBytesYieldEvents,
  anyPayloadIsReadOrRefused,
  checkEvents,
  cutsDoNotMatter,
  greetedLink,
  HELD_BYTES_MAX,
} from './hostile.js';

test('any bytes, in any cuts, yield events: no exception, nothing unlisted, one partial frame held at most', () => {
  fc.assert(anyBytesYieldEvents, { numRuns: 3_000 });
});

test('hostile or not, where TCP cuts does not matter', () => {
  fc.assert(cutsDoNotMatter, { numRuns: 1_000 });
});

test('any payload of an extension is read or refused', () => {
  fc.assert(anyPayloadIsReadOrRefused, { numRuns: 3_000 });
});

test('any bytes are a handshake, the beginning of one, or refused at the first wrong byte', () => {
  const beginnings = fc
    .nat(68)
    .map((length) =>
      new Uint8Array([19, ...Buffer.from('BitTorrent protocol'), ...Array(48).fill(1)]).subarray(0, length),
    );
  fc.assert(
    fc.property(beginnings, fc.uint8Array({ maxLength: 100 }), (beginning, rest) => {
      const decoder = new HandshakeDecoder();
      const consumed = decoder.push(concat([beginning, rest]));
      const isOver = decoder.handshake !== undefined || decoder.violation !== undefined;
      expect(decoder.heldBytes).toBe(isOver ? 0 : beginning.length + rest.length);
      if (decoder.handshake !== undefined) expect(consumed).toBe(68);
      if (decoder.violation !== undefined) expect(consumed).toBeGreaterThanOrEqual(Math.min(20, beginning.length));
    }),
  );
});

describe('a gibibyte of hostile bytes', () => {
  const MIB = 1_048_576;
  const repeated = (message: Message, length = 65_536): Uint8Array => {
    const frame = encodeMessage(message);
    return concat(Array.from({ length: Math.ceil(length / frame.length) }, () => frame));
  };
  const block = new Uint8Array(16_384);
  /** What is sent, and how much of it; dense messages cost more to feed and are just as telling after a few MiB. */
  const floods: readonly (readonly [string, Uint8Array, mib: number])[] = [
    ['blocks nobody asked for', repeated({ type: 'piece', piece: 1, begin: 0, block }, 1_000_000), 512],
    ['unknown messages', repeated({ type: 'unknown', id: 99, payload: block }, 1_000_000), 320],
    [
      'extended messages with an id nobody gave out',
      repeated({ type: 'extended', id: 99, payload: block }, 1_000_000),
      128,
    ],
    ['keep-alives', repeated({ type: 'keep-alive' }), 8],
    ['haves', repeated({ type: 'have', piece: 5 }), 16],
    ['requests', repeated({ type: 'request', piece: 5, begin: 0, length: 16_384 }), 16],
    ['cancels', repeated({ type: 'cancel', piece: 5, begin: 0, length: 16_384 }), 16],
    [
      'choke, unchoke',
      concat(
        [repeated({ type: 'choke' }, 5), repeated({ type: 'unchoke' }, 5)].flatMap((pair) => Array(5_000).fill(pair)),
      ),
      4,
    ],
    ['extended handshakes', repeated({ type: 'extended', id: 0, payload: Buffer.from('d1:md1:ai1eee') }), 4],
  ];

  test('is 1 GiB', () => {
    expect(floods.reduce((sum, [, , mib]) => sum + mib, 0)).toBe(1_024);
  });

  test.each(floods)('%s', (_, chunk, mib) => {
    const link = greetedLink(false, true);
    // Cut so that frames straddle chunks in ever other places.
    const size = chunk.length - 4_099 > 0 ? chunk.length - 4_099 : chunk.length;
    const doubled = concat([chunk, chunk]);
    let at = 0;
    let heldMax = 0;
    for (let fed = 0; fed < mib * MIB; fed += size) {
      checkEvents(link.receive(doubled.subarray(at, at + size)));
      heldMax = Math.max(heldMax, link.heldBytes);
      at = (at + size) % chunk.length;
      expect(link.remote.phase).not.toBe('closed');
    }
    expect(heldMax).toBeLessThanOrEqual(HELD_BYTES_MAX);
    expect(link.remote.requestCount).toBeLessThanOrEqual(250);
    expect(link.remote.extensions.size).toBeLessThanOrEqual(64);
  });
});

test('a long frame that comes byte by byte costs work in its length, not in its square', () => {
  const decoder = new FrameDecoder();
  const frame = encodeMessage({ type: 'bitfield', bits: new Uint8Array(262_144).fill(3) });
  const bytes = Array.from(frame, (_, at) => frame.subarray(at, at + 1));
  let messages: readonly Message[] = [];
  const allocated = allocatedBy(() => {
    for (const byte of bytes) messages = decoder.push(byte);
  });
  expect(messages[0]?.type === 'bitfield' && messages[0].bits.length).toBe(262_144);
  // Doubling: less than twice the frame in all. Copied anew with each byte it would be 34 GB.
  expect(allocated).toBeGreaterThan(frame.length);
  expect(allocated).toBeLessThan(3 * frame.length);
});

test('a steady download allocates two buffers, however many blocks straddle chunks', () => {
  const stream = concat(
    Array.from({ length: 400 }, (_, index) =>
      encodeMessage({ type: 'piece', piece: index, begin: 0, block: new Uint8Array(16_384) }),
    ),
  );
  const chunks = Array.from({ length: Math.ceil(stream.length / 20_000) }, (_, index) =>
    stream.subarray(index * 20_000, (index + 1) * 20_000),
  );
  const decoder = new FrameDecoder();
  let count = 0;
  const allocated = allocatedBy(() => {
    for (const chunk of chunks) count += decoder.push(chunk).length;
  });
  expect(count).toBe(400);
  // A few pushes end exactly with a frame; the buffers are given up then.
  expect(allocated).toBeLessThan(20 * 16_397);
});

/** Bytes of all arrays that are made meanwhile: work counted, not timed. */
function allocatedBy(work: () => void): number {
  const original = globalThis.Uint8Array;
  let bytes = 0;
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args) {
      if (typeof args[0] === 'number') bytes += args[0];
      return Reflect.construct(target, args) as object;
    },
  });
  try {
    work();
  } finally {
    globalThis.Uint8Array = original;
  }
  return bytes;
}

test('a claim alone takes little: 256 KiB declared, five bytes sent', () => {
  const decoders = Array.from({ length: 2_000 }, () => new FrameDecoder());
  const before = process.memoryUsage().arrayBuffers;
  for (const decoder of decoders) decoder.push(new Uint8Array([0, 4, 0, 1, 5, 0]));
  // Allocated as declared it would be 500 MiB.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 1_048_576);
  expect(decoders.every(({ heldBytes }) => heldBytes === 6)).toBe(true);
});
