import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Transcript } from '../src/index.js';
import { frame, HAVE_ALL, handshake, have, KEEP_ALIVE, request, THEIR_ID, u32 } from './probe.js';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

const STREAM =
  handshake(THEIR_ID) +
  HAVE_ALL +
  KEEP_ALIVE +
  request(1, 2, 3) +
  frame(7, u32(0) + u32(0) + 'ab'.repeat(2_000)) +
  have(7) +
  frame(99);

/** What the stream reads as, cut at these places. */
function read(stream: string, cuts: readonly number[]): readonly unknown[] {
  const whole = bytes(stream);
  const places = [...new Set(cuts.map((cut) => cut % whole.length))].sort((a, b) => a - b);
  const transcript = new Transcript(0);
  return [0, ...places].flatMap((from, i) =>
    transcript.tap('received', whole.slice(from, places[i] ?? whole.length), 0),
  );
}

test('it does not matter where TCP cuts the stream', () => {
  const whole = read(STREAM, []);
  expect(whole.map((record) => (record as { message: string }).message)).toEqual([
    'handshake',
    'have-all',
    'keep-alive',
    'request',
    'piece',
    'have',
    'unknown',
  ]);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: STREAM.length / 2 }), { maxLength: 50 }), (cuts) => {
      expect(read(STREAM, cuts)).toEqual(whole);
    }),
  );
  expect(
    read(
      STREAM,
      Array.from({ length: STREAM.length / 2 }, (_, i) => i),
    ),
  ).toEqual(whole);
});

test('a transcript shows what is wrong in hex', () => {
  const transcript = new Transcript(3);
  const records = [
    ...transcript.tap('received', bytes(handshake(THEIR_ID) + frame(4, '0000') + frame(99, 'c0ffee')), 1.5),
    ...transcript.tap('received', bytes('ffffffff0001020304'), 2),
    ...transcript.tap('received', bytes('0506'), 3),
    ...transcript.tap('sent', bytes(handshake(THEIR_ID).slice(0, 20)), 4),
    ...transcript.end(5),
  ];
  expect(records.slice(1)).toEqual([
    { timeMs: 1.5, connection: 3, direction: 'received', message: 'malformed', id: 4, payload: '0000', hex: '040000' },
    {
      timeMs: 1.5,
      connection: 3,
      direction: 'received',
      message: 'unknown',
      id: 99,
      payload: 'c0ffee',
      hex: '63c0ffee',
    },
    {
      ...{ timeMs: 2, connection: 3, direction: 'received', message: 'broken' },
      ...{ problem: 'a frame of 4294967295 bytes was declared', hex: 'ffffffff0001020304' },
    },
    { timeMs: 3, connection: 3, direction: 'received', message: 'raw', length: 2, hex: '0506' },
    { timeMs: 5, connection: 3, direction: 'sent', message: 'partial', length: 10, hex: '13426974546f7272656e' },
  ]);
});

test('what is no handshake is shown from its first byte on', () => {
  const transcript = new Transcript(0);
  expect(transcript.tap('received', bytes('1342'), 0)).toEqual([]);
  expect(transcript.tap('received', bytes('4954'), 1)).toMatchObject([
    { message: 'broken', problem: 'no BitTorrent handshake', hex: '13424954' },
  ]);
  expect(transcript.tap('received', bytes('00'), 2)).toMatchObject([{ message: 'raw', hex: '00' }]);
  expect(transcript.end(3)).toEqual([]);
});

test('a transcript names extended messages by the ids that each side announced', () => {
  const transcript = new Transcript(0);
  transcript.tap('received', bytes(handshake(THEIR_ID)), 0);
  transcript.tap('sent', bytes(handshake(THEIR_ID)), 0);
  const ids = 'd1:md11:ut_metadatai7eee';
  transcript.tap('received', bytes(frame(20, `00${Buffer.from(ids).toString('hex')}`)), 0);
  const request = Buffer.from('d8:msg_typei0e5:piecei3ee').toString('hex');
  expect(transcript.tap('sent', bytes(frame(20, `07${request}`)), 0)).toMatchObject([
    { message: 'metadata-request', header: { msg_type: 0, piece: 3 } },
  ]);
  expect(transcript.tap('sent', bytes(frame(20, `08${request}`)), 0)).toMatchObject([{ message: 'extended' }]);
});
