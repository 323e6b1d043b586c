import { readFileSync } from 'node:fs';
import { encodeMessage, FrameDecoder, type Message } from '@unchoke/wire';
import { describe, expect, test } from 'vitest';

interface MessageVector {
  readonly name: string;
  readonly bytes: string;
  readonly message: unknown;
}

const vectors = JSON.parse(readFileSync(new URL('vectors/messages.json', import.meta.url), 'utf8')) as MessageVector[];

/** `ab*32 0001` to bytes. */
function fromHex(text: string): Uint8Array {
  const repeated = text.replaceAll(/(\p{Hex_Digit}{2})\*(\d+)/gu, (_, byte: string, count: string) =>
    byte.repeat(Number(count)),
  );
  return new Uint8Array(Buffer.from(repeated.replaceAll(' ', ''), 'hex'));
}

function revived(message: unknown): Message {
  const fields = Object.entries(message as Record<string, unknown>).map(([key, value]) => {
    return [key, typeof value === 'string' && value.startsWith('hex:') ? fromHex(value.slice(4)) : value];
  });
  return Object.fromEntries(fields) as Message;
}

describe.each(vectors)('$name', ({ bytes, message }) => {
  test('is read', () => {
    const decoder = new FrameDecoder();
    expect(decoder.push(fromHex(bytes))).toEqual([revived(message)]);
    expect([decoder.violation, decoder.heldBytes]).toEqual([undefined, 0]);
  });

  test('is written', () => {
    expect(Buffer.from(encodeMessage(revived(message))).toString('hex')).toBe(
      Buffer.from(fromHex(bytes)).toString('hex'),
    );
  });

  test('is nothing yet at every shorter length', () => {
    const frame = fromHex(bytes);
    for (let length = 0; length < frame.length; length++) {
      const decoder = new FrameDecoder();
      expect(decoder.push(frame.subarray(0, length))).toEqual([]);
      expect([decoder.violation, decoder.heldBytes]).toEqual([undefined, length]);
    }
  });
});
