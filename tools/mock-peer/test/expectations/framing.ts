import { expect } from 'vitest';
import {
  EXTENDED,
  type Expectation,
  frame,
  HAVE_ALL,
  handshake,
  INTERESTED,
  KEEP_ALIVE,
  OUR_ID,
  Probe,
  pieceFrame,
  request,
  THEIR_ID,
  UNCHOKE,
  u32,
} from '../probe.js';

const OPENING = handshake(OUR_ID) + EXTENDED + HAVE_ALL;

/** What it says once both have greeted, behind its honest opening. */
function afterOpening(name: string, opening = OPENING): string {
  const said = new Probe(name).open().hear(handshake(THEIR_ID)).taken();
  expect(said.slice(0, opening.length)).toBe(opening);
  return said.slice(opening.length);
}

const LEECH_OPENING = `${handshake(OUR_ID)}${EXTENDED}000000010f`;
const ZEROS_1000 = '00'.repeat(1000);

export const FRAMING: Readonly<Record<string, Expectation>> = {
  'length-prefix-2-32': () => expect(afterOpening('length-prefix-2-32')).toBe(`ffffffff07${ZEROS_1000}`),
  'length-prefix-2-31': () => expect(afterOpening('length-prefix-2-31')).toBe(`8000000014${ZEROS_1000}`),
  'length-prefix-1-mib': () => expect(afterOpening('length-prefix-1-mib')).toBe(`0010000105${ZEROS_1000}`),
  'length-prefix-flood': () => {
    const probe = new Probe('length-prefix-flood').open();
    probe.isClogged = true;
    probe.hear(handshake(THEIR_ID));
    expect(probe.taken().slice(OPENING.length, OPENING.length + 20)).toBe('ffffffff0700000000'.padEnd(20, '0'));
    // A socket that takes nothing gets 1 MiB and the frame at hand, not 256 MiB.
    expect(probe.sentLength).toBeLessThan(2.1 * 1024 * 1024);
    probe.isClogged = false;
    probe.feed({ type: 'bytes-drained' });
    expect(probe.sentLength).toBe(OPENING.length / 2 + 5 + 256 * 1024 * 1024);
  },
  'have-of-1000-bytes': () => expect(afterOpening('have-of-1000-bytes')).toBe(frame(4, ZEROS_1000)),
  'piece-of-1-mib': () => {
    expect(afterOpening('piece-of-1-mib')).toBe(frame(7, u32(0) + u32(0) + '00'.repeat(1_048_576)));
  },
  'wrong-length-prefix': () => {
    const said = new Probe('wrong-length-prefix').unchoked().hear(request(0, 0)).taken();
    expect(said).toBe(u32(9 + 16_384 - 1) + pieceFrame(0, 0).slice(8));
  },
  'choke-with-payload': () => expect(afterOpening('choke-with-payload')).toBe('000000020000'),
  'have-of-3-bytes': () => expect(afterOpening('have-of-3-bytes')).toBe('0000000404000000'),
  'request-of-11-bytes': () => {
    expect(afterOpening('request-of-11-bytes', LEECH_OPENING)).toBe('0000000c06' + '0000000000000000004000');
  },
  'cancel-of-13-bytes': () => {
    expect(afterOpening('cancel-of-13-bytes', LEECH_OPENING)).toBe('0000000e08' + '00000000000000000000400000');
  },
  'unknown-ids': () => {
    expect(afterOpening('unknown-ids')).toBe(
      '000000040ac0ffee' + '000000043fc0ffee' + '0000000463c0ffee' + '00000004ffc0ffee',
    );
  },
  'unknown-id-of-1-mib': () => {
    expect(afterOpening('unknown-id-of-1-mib')).toBe(`0010000063${'00'.repeat(1_048_575)}`);
  },
  'split-every-byte': () => {
    const probe = new Probe('split-every-byte').open().hear(handshake(THEIR_ID), INTERESTED, request(0, 0));
    const writes = probe.writes();
    expect(writes.every((write) => write.length === 2)).toBe(true);
    expect(writes.join('')).toBe(OPENING + UNCHOKE + pieceFrame(0, 0));
  },
  'merge-frames': () => {
    const probe = new Probe('merge-frames').open().hear(handshake(THEIR_ID), INTERESTED, request(0, 0));
    expect(probe.writes()).toEqual([]);
    probe.wait(49);
    expect(probe.writes()).toEqual([]);
    probe.wait(1);
    expect(probe.writes()).toEqual([OPENING + UNCHOKE + pieceFrame(0, 0)]);
  },
  'keep-alive-flood': () => expect(afterOpening('keep-alive-flood')).toBe(KEEP_ALIVE.repeat(10_000)),
  'keep-alive-only': () => {
    const probe = new Probe('keep-alive-only').open().hear(handshake(THEIR_ID));
    expect(probe.taken()).toBe(handshake(OUR_ID) + KEEP_ALIVE);
    probe.hear(INTERESTED, request(0, 0)).wait(3_000);
    expect(probe.writes()).toEqual([KEEP_ALIVE, KEEP_ALIVE, KEEP_ALIVE]);
  },
  'junk-flood': () => {
    const frames = new Probe('junk-flood')
      .open()
      .hear(handshake(THEIR_ID))
      .taken()
      .slice(OPENING.length)
      .match(/.{74}/g);
    expect(frames).toHaveLength(50_000);
    expect(frames?.every((one) => one.startsWith('00000021c8'))).toBe(true);
    expect(new Set(frames).size).toBeGreaterThan(49_000);
  },
};
