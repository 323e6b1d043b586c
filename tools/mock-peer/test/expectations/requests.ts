import { expect } from 'vitest';
import {
  cancel,
  EXTENDED,
  type Expectation,
  frame,
  HAVE_ALL,
  HAVE_NONE,
  handshake,
  INTERESTED,
  OUR_ID,
  PIECE_LENGTH,
  Probe,
  pieceFrame,
  request,
  THEIR_ID,
  UNCHOKE,
  u32,
} from '../probe.js';

/** What it says when it is unchoked, before the ten honest requests of a leech that has nothing. */
function onUnchoke(name: string): readonly string[] {
  const probe = leech(name).hear(UNCHOKE);
  const frames = probe.frames();
  expect(frames.slice(-10).every((one) => one.startsWith('0000000d06'))).toBe(true);
  return frames.slice(0, -10);
}

/** Greeted by a seed, interested, not yet unchoked. */
function leech(name: string): Probe {
  const probe = new Probe(name).ready().hear(HAVE_ALL);
  expect(probe.frames()).toEqual([INTERESTED]);
  return probe;
}

const rawRequest = (piece: string, begin: string, length: string): string => frame(6, piece + begin + length);

export const REQUESTS: Readonly<Record<string, Expectation>> = {
  'request-while-choked': () => {
    const said = new Probe('request-while-choked').open().hear(handshake(THEIR_ID)).taken();
    expect(said).toBe(handshake(OUR_ID) + EXTENDED + HAVE_NONE + request(0, 0));
  },
  'request-index-out-of-range': () => {
    const wanted = [request(5, 0), rawRequest('ffffffff', u32(0), u32(16_384))];
    expect(onUnchoke('request-index-out-of-range')).toEqual(wanted);
  },
  'request-beyond-the-piece': () => {
    const wanted = [request(0, PIECE_LENGTH), rawRequest(u32(0), 'ffffffff', u32(16_384))];
    expect(onUnchoke('request-beyond-the-piece')).toEqual(wanted);
  },
  'request-crossing-the-end': () => {
    expect(onUnchoke('request-crossing-the-end')).toEqual([request(4, 16_384, 32_768)]);
  },
  'request-of-zero-bytes': () => expect(onUnchoke('request-of-zero-bytes')).toEqual([request(0, 0, 0)]),
  'request-too-long': () => {
    expect(onUnchoke('request-too-long')).toEqual([rawRequest(u32(0), u32(0), 'ffffffff'), request(0, 0, 16_385)]);
  },
  'request-missing-pieces': () => {
    const frames = onUnchoke('request-missing-pieces');
    expect(frames).toHaveLength(1_000);
    expect(frames.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 0].map((piece) => request(piece, 0)));
  },
  'request-flood': () => {
    const frames = onUnchoke('request-flood');
    expect(frames).toHaveLength(100_000);
    expect(frames.slice(-5)).toEqual([0, 1, 2, 3, 4].map((piece) => request(piece, 0)));
  },
  'request-same-block-flood': () => {
    const frames = onUnchoke('request-same-block-flood');
    expect(frames).toHaveLength(10_000);
    expect(new Set(frames)).toEqual(new Set([request(0, 0)]));
  },
  'never-read': () => {
    const probe = leech('never-read').hear(UNCHOKE);
    expect(probe.frames().slice(0, 10_000)).toHaveLength(10_000);
    const kinds = probe.others.map((action) => action.type);
    expect(kinds).toContain('pause-reading');
    probe.wait(3_600_000);
    expect(probe.others.map((action) => action.type)).not.toContain('resume-reading');
  },
  'cancel-in-time': () => {
    const frames = leech('cancel-in-time').hear(UNCHOKE).frames();
    expect(frames).toHaveLength(20);
    for (let i = 0; i < 20; i += 2) expect(frames[i + 1]).toBe(frames[i]!.replace(/^0000000d06/, '0000000d08'));
  },
  'cancel-late': () => {
    const probe = leech('cancel-late').hear(UNCHOKE);
    const [first] = probe.frames();
    const piece = Number.parseInt(first!.slice(10, 18), 16);
    const begin = Number.parseInt(first!.slice(18, 26), 16);
    probe.hear(pieceFrame(piece, begin));
    expect(probe.frames()[0]).toBe(cancel(piece, begin));
  },
  'cancel-unknown': () => {
    const said = new Probe('cancel-unknown').open().hear(handshake(THEIR_ID)).taken();
    expect(said.endsWith(`${HAVE_NONE}${cancel(0, 0)}0000000d08${'f'.repeat(24)}`)).toBe(true);
  },
};
