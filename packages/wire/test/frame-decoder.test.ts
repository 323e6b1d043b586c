import { encodeMessage, FrameDecoder, LIMITS, type Message } from '@unchoke/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyMessage, concat, copied, cut, cuts } from './arbitraries.js';

/** Decodes a stream cut as told, copying messages at once as their bytes are valid only until the next push. */
function decodeCut(stream: Uint8Array, sizes: readonly number[]): readonly Message[] {
  const decoder = new FrameDecoder();
  const messages: Message[] = [];
  for (const chunk of cut(stream, sizes)) {
    for (const message of decoder.push(chunk)) messages.push(copied(message));
    chunk.fill(0xee);
  }
  expect(decoder.violation).toBeUndefined();
  expect(decoder.heldBytes).toBe(0);
  return messages;
}

describe('any cuts', () => {
  test('what is written is read, wherever TCP cuts the stream', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 30 }), cuts, (sent, sizes) => {
        expect(decodeCut(concat(sent.map(encodeMessage)), sizes)).toEqual(sent);
      }),
    );
  });

  test('whole and one byte at a time give the same', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 12 }), (sent) => {
        const stream = concat(sent.map(encodeMessage));
        const bytewise = decodeCut(
          stream,
          Array.from(stream, () => 1),
        );
        expect(bytewise).toEqual(decodeCut(stream, []));
      }),
    );
  });

  test('a full block that spans chunks, again and again, in every alignment', () => {
    const blocks = Array.from({ length: 9 }, (_, piece) => new Uint8Array(16_384).fill(piece + 1));
    const sent: Message[] = blocks.map((block, piece) => ({ type: 'piece', piece, begin: 0, block }));
    const stream = concat(sent.map(encodeMessage));
    for (const size of [1_000, 16_384, 16_396, 16_397, 16_398, 40_000, 65_536]) {
      const received = decodeCut(stream, Array(Math.ceil(stream.length / size)).fill(size));
      expect(received.length).toBe(sent.length);
      // Not `toEqual`: comparing megabytes with it takes seconds.
      for (const [index, message] of received.entries()) {
        expect(message.type === 'piece' && Buffer.compare(message.block, blocks[index]!)).toBe(0);
      }
    }
  });
});

describe('what is given out', () => {
  test('a block in one chunk is a view of it, not a copy', () => {
    const chunk = encodeMessage({ type: 'piece', piece: 0, begin: 0, block: new Uint8Array(16_384) });
    const [message] = new FrameDecoder().push(chunk);
    expect(message?.type === 'piece' && message.block.buffer).toBe(chunk.buffer);
  });

  test('plain Uint8Arrays, also where a Buffer came in: `slice` copies', () => {
    const chunk = Buffer.from(encodeMessage({ type: 'piece', piece: 0, begin: 0, block: new Uint8Array(9) }));
    const [message] = new FrameDecoder().push(chunk);
    expect(message?.type === 'piece' && message.block.constructor).toBe(Uint8Array);
  });

  test('a message that spanned chunks stays whole until the next push, though another frame begins in the same chunk', () => {
    const block = new Uint8Array(100).fill(7);
    const frame = encodeMessage({ type: 'piece', piece: 1, begin: 0, block });
    const decoder = new FrameDecoder();
    decoder.push(frame.subarray(0, 50));
    const [message] = decoder.push(concat([frame.subarray(50), frame.slice(0, 90).fill(9, 13)]));
    expect(message).toEqual({ type: 'piece', piece: 1, begin: 0, block });
  });

  test('messages that carry nothing are shared, so that a flood of them allocates nothing', () => {
    const decoder = new FrameDecoder();
    const messages = decoder.push(new Uint8Array(4 * 1000));
    expect(messages.length).toBe(1000);
    expect(new Set(messages).size).toBe(1);
  });
});

describe('judged before it is stored', () => {
  const prefix = (length: number, ...rest: number[]): Uint8Array => {
    return new Uint8Array([length >>> 24, length >>> 16, length >>> 8, length, ...rest]);
  };
  const refused: readonly (readonly [string, Uint8Array, string])[] = [
    ['2^32 − 1, from four bytes', prefix(0xffff_ffff), 'frame-too-long'],
    ['2^31, from four bytes', prefix(0x8000_0000), 'frame-too-long'],
    ['1 MiB + 1, from four bytes', prefix(1_048_577), 'frame-too-long'],
    ['choke with a payload', prefix(2, 0), 'frame-length-wrong'],
    ['have of 4 bytes', prefix(4, 4), 'frame-length-wrong'],
    ['have of 6 bytes', prefix(6, 4), 'frame-length-wrong'],
    ['request of 12 bytes', prefix(12, 6), 'frame-length-wrong'],
    ['request of 17 bytes', prefix(17, 6), 'frame-length-wrong'],
    ['piece without a block', prefix(9, 7), 'frame-length-wrong'],
    ['piece of 16 KiB + 1', prefix(9 + 16_385, 7), 'block-too-long'],
    ['port of 2 bytes', prefix(2, 9), 'frame-length-wrong'],
    ['have-all with a payload', prefix(2, 14), 'frame-length-wrong'],
    ['extended without an id of its own', prefix(1, 20), 'frame-length-wrong'],
    ['extended handshake of 16 KiB + 1', prefix(2 + 16_385, 20, 0), 'frame-too-long'],
    ['ut_pex over its cap', prefix(2 + 101, 20, 2), 'frame-too-long'],
    ['hash request of 48 bytes', prefix(48, 21), 'frame-length-wrong'],
    ['hashes that are cut', prefix(49 + 33, 22), 'frame-length-wrong'],
    ['577 hashes', prefix(49 + 32 * 577, 22), 'frame-too-long'],
    ['unknown id with a long body', prefix(1 + 16_385, 99), 'frame-too-long'],
    ['bitfield one byte short', prefix(1 + 124, 5), 'bitfield-length-wrong'],
    ['bitfield one byte long', prefix(1 + 126, 5), 'bitfield-length-wrong'],
  ];
  const limits = { pieceCount: 1000, extendedBytesMax: new Map([[2, 100]]) };

  test.each(refused)('%s', (_, bytes, code) => {
    const decoder = new FrameDecoder(limits);
    expect(decoder.push(bytes)).toEqual([]);
    expect(decoder.violation?.code).toBe(code);
    expect(decoder.heldBytes).toBe(0);
  });

  test.each(refused)('%s, one byte at a time, and not later', (_, bytes, code) => {
    const decoder = new FrameDecoder(limits);
    for (const [index, byte] of bytes.entries()) {
      expect(decoder.heldBytes).toBe(decoder.violation === undefined ? index : 0);
      decoder.push(new Uint8Array([byte]));
    }
    expect(decoder.violation?.code).toBe(code);
    expect(decoder.push(new Uint8Array(100))).toEqual([]);
  });

  test('messages before the bad one are given', () => {
    const decoder = new FrameDecoder();
    const messages = decoder.push(concat([encodeMessage({ type: 'have', piece: 3 }), prefix(0xffff_ffff)]));
    expect(messages).toEqual([{ type: 'have', piece: 3 }]);
    expect(decoder.violation?.code).toBe('frame-too-long');
  });

  test('without metadata a bitfield may have any length up to that of 2^21 pieces', () => {
    const decoder = new FrameDecoder();
    expect(decoder.push(prefix(1 + LIMITS.pieceCountMax / 8, 5))).toEqual([]);
    expect(decoder.violation).toBeUndefined();
    const tooLong = new FrameDecoder();
    tooLong.push(prefix(2 + LIMITS.pieceCountMax / 8, 5));
    expect(tooLong.violation?.code).toBe('frame-too-long');
  });

  test('longer blocks can be allowed, up to a ceiling', () => {
    const raised = new FrameDecoder({ blockBytesMax: 1 << 30 });
    expect(
      raised.push(encodeMessage({ type: 'piece', piece: 0, begin: 0, block: new Uint8Array(131_072) })).length,
    ).toBe(1);
    raised.push(prefix(9 + 131_073, 7));
    expect(raised.violation).toBeDefined();
  });
});
