import {
  encodeMessage,
  LocalProtocolError,
  type Message,
  writeBlockMessage,
  writeHave,
  writePieceHeader,
} from '@unchoke/wire';
import { describe, expect, test } from 'vitest';

function refusal(command: () => unknown): string {
  try {
    command();
  } catch (error) {
    if (LocalProtocolError.isInstance(error)) return error.code;
    throw error;
  }
  return 'none';
}

const range = { piecesRoot: new Uint8Array(32), baseLayer: 0, index: 0, length: 2, proofLayers: 0 };
const wrong: readonly (readonly [string, Message])[] = [
  ['a negative piece', { type: 'have', piece: -1 }],
  ['a fraction', { type: 'have', piece: 1.5 }],
  ['NaN', { type: 'have', piece: Number.NaN }],
  ['2^32', { type: 'have', piece: 2 ** 32 }],
  ['begin of 2^32', { type: 'request', piece: 0, begin: 2 ** 32, length: 1 }],
  ['a negative length', { type: 'cancel', piece: 0, begin: 0, length: -1 }],
  ['port 65536', { type: 'port', port: 65_536 }],
  ['port −1', { type: 'port', port: -1 }],
  ['extended id 256', { type: 'extended', id: 256, payload: new Uint8Array(0) }],
  ['message id −1', { type: 'unknown', id: -1, payload: new Uint8Array(0) }],
  ['a root of 20 bytes', { type: 'hash-request', ...range, piecesRoot: new Uint8Array(20) }],
  ['a negative layer', { type: 'hashes', ...range, baseLayer: -1, hashes: new Uint8Array(0) }],
];

test.each(wrong)('%s cannot be written', (_, message) => {
  expect(refusal(() => encodeMessage(message))).toBe('bad-argument');
});

describe('into a buffer of the caller', () => {
  test('the same bytes as by themselves', () => {
    const buffer = new Uint8Array(60).fill(0xee);
    let end = writeBlockMessage({ type: 'request', piece: 1, begin: 2, length: 3 }, buffer, 1);
    end = writeHave(4, buffer, end);
    end = writePieceHeader(5, 6, 2, buffer, end);
    expect(end).toBe(1 + 17 + 9 + 13);
    const piece = encodeMessage({ type: 'piece', piece: 5, begin: 6, block: new Uint8Array(2) });
    expect([...buffer.subarray(1, end)]).toEqual([
      ...encodeMessage({ type: 'request', piece: 1, begin: 2, length: 3 }),
      ...encodeMessage({ type: 'have', piece: 4 }),
      ...piece.subarray(0, 13),
    ]);
    expect([buffer[0], buffer[end]]).toEqual([0xee, 0xee]);
  });

  test('not beyond its end, nor before its beginning', () => {
    const buffer = new Uint8Array(20);
    expect(refusal(() => writeHave(1, buffer, 12))).toBe('bad-argument');
    expect(refusal(() => writeHave(1, buffer, -1))).toBe('bad-argument');
    expect(refusal(() => writeBlockMessage({ type: 'cancel', piece: 0, begin: 0, length: 1 }, buffer, 4))).toBe(
      'bad-argument',
    );
    expect(refusal(() => writePieceHeader(0, 0, 1, buffer, 8))).toBe('bad-argument');
  });
});
