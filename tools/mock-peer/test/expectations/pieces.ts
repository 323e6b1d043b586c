import { expect } from 'vitest';
import {
  bitsApart,
  block,
  CHOKE,
  EXTENDED,
  type Expectation,
  frame,
  HAVE_ALL,
  handshake,
  have,
  INTERESTED,
  LAST_BLOCK_LENGTH,
  OUR_ID,
  Probe,
  pieceFrame,
  reject,
  request,
  THEIR_ID,
  UNCHOKE,
  u32,
} from '../probe.js';

/** What it answers to a request for the first block of piece 1. */
function answer(name: string): string {
  return new Probe(name).unchoked().hear(request(1, 0)).taken();
}

function ask(probe: Probe, times: number): string {
  for (let i = 0; i < times; i++) probe.hear(request(1, 0));
  return probe.taken();
}

const HONEST = pieceFrame(1, 0);

export const PIECES: Readonly<Record<string, Expectation>> = {
  'unrequested-piece': () => {
    const said = new Probe('unrequested-piece').open().hear(handshake(THEIR_ID)).taken();
    expect(said).toBe(handshake(OUR_ID) + EXTENDED + HAVE_ALL + pieceFrame(0, 0));
  },
  'piece-index-out-of-range': () => {
    expect(answer('piece-index-out-of-range')).toBe(frame(7, u32(5) + u32(0) + block(1, 0)));
  },
  'wrong-offset': () => expect(answer('wrong-offset')).toBe(frame(7, u32(1) + u32(16_384) + block(1, 0))),
  'unaligned-offset': () => expect(answer('unaligned-offset')).toBe(frame(7, u32(1) + u32(1) + block(1, 0))),
  'short-block': () => expect(answer('short-block')).toBe(pieceFrame(1, 0, block(1, 0, 16_383))),
  'empty-block': () => expect(answer('empty-block')).toBe('00000009070000000100000000'),
  'long-block': () => expect(answer('long-block')).toBe(pieceFrame(1, 0, `${block(1, 0)}00`)),
  'duplicate-piece': () => expect(answer('duplicate-piece')).toBe(HONEST + HONEST),
  'piece-already-had': () => {
    const probe = new Probe('piece-already-had').ready().hear(have(3));
    expect(probe.taken()).toBe(pieceFrame(3, 0));
  },
  'poison-all': () => {
    for (const begin of [0, 16_384]) {
      const said = new Probe('poison-all').unchoked().hear(request(1, begin)).taken();
      expect(said.slice(0, 26)).toBe(pieceFrame(1, begin).slice(0, 26));
      expect(bitsApart(said, pieceFrame(1, begin))).toBe(1);
    }
  },
  'poison-one-block': () => {
    expect(bitsApart(answer('poison-one-block'), HONEST)).toBe(1);
    const second = new Probe('poison-one-block').unchoked().hear(request(1, 16_384)).taken();
    expect(second).toBe(pieceFrame(1, 16_384));
  },
  'poison-last-piece': () => {
    expect(answer('poison-last-piece')).toBe(HONEST);
    const last = new Probe('poison-last-piece')
      .unchoked()
      .hear(request(4, 16_384, LAST_BLOCK_LENGTH))
      .taken();
    expect(bitsApart(last, pieceFrame(4, 16_384, block(4, 16_384, LAST_BLOCK_LENGTH)))).toBe(1);
  },
  'poison-one-in-a-hundred': () => {
    const probe = new Probe('poison-one-in-a-hundred').unchoked();
    let wrong = 0;
    for (let i = 0; i < 1_000; i++) if (ask(probe, 1) !== HONEST) wrong++;
    // Chance has its seed, so this number is the same in every run.
    expect(wrong).toBe(WRONG_OF_1000);
  },
  'poison-after-good-reputation': () => {
    const probe = new Probe('poison-after-good-reputation').unchoked();
    for (let i = 0; i < 16; i++) expect(ask(probe, 100)).toBe(HONEST.repeat(100));
    expect(bitsApart(ask(probe, 1), HONEST)).toBe(1);
  },
  'liar-serves-nothing': () => {
    const probe = new Probe('liar-serves-nothing').unchoked().hear(request(0, 0), request(1, 0)).wait(100_000);
    expect(probe.taken()).toBe('');
    expect(probe.core.flags.amChoking).toBe(false);
  },
  'serve-then-stall': () => {
    const probe = new Probe('serve-then-stall').unchoked();
    expect(ask(probe, 10)).toBe(HONEST.repeat(10));
    expect(ask(probe, 2)).toBe(HONEST.slice(0, 2 * (13 + 8_192)));
    expect(probe.wait(600_000).taken()).toBe('');
    expect(probe.closed).toBeUndefined();
  },
  'stall-mid-block': () => {
    const probe = new Probe('stall-mid-block').unchoked();
    expect(ask(probe, 3)).toBe(HONEST.slice(0, 2 * (13 + 8_192)));
  },
  'one-byte-per-second': () => {
    const probe = new Probe('one-byte-per-second').ready().hear(INTERESTED, request(1, 0));
    probe.wait(99_999);
    expect(probe.writes()).toHaveLength(100);
    probe.wait(1);
    expect(probe.writes()[0]).toHaveLength(2);
  },
  'never-unchoke': () => {
    const probe = new Probe('never-unchoke').ready().hear(INTERESTED, request(0, 0));
    expect(probe.frames()).toEqual([reject(0, 0)]);
    expect(probe.core.flags).toMatchObject({ amChoking: true, peerInterested: true });
  },
  'choke-for-ever': () => {
    const probe = new Probe('choke-for-ever').unchoked();
    expect(ask(probe, 2)).toBe(HONEST.repeat(2));
    expect(ask(probe, 1)).toBe(HONEST + CHOKE);
    probe.hear('0000000103', INTERESTED, request(0, 0));
    expect(probe.frames()).toEqual([reject(0, 0)]);
  },
  'choke-after-every-block': () => {
    expect(answer('choke-after-every-block')).toBe(HONEST + CHOKE + UNCHOKE);
    // What waited behind the block is rejected by the choke (BEP 6).
    const two = new Probe('choke-after-every-block').unchoked().hear(request(1, 0), request(2, 0));
    expect(two.frames()).toEqual([HONEST, CHOKE, reject(2, 0), UNCHOKE]);
  },
  'reject-everything': () => {
    const probe = new Probe('reject-everything').unchoked().hear(request(1, 0), request(2, 16_384));
    expect(probe.frames()).toEqual([reject(1, 0), reject(2, 16_384)]);
  },
  'refuse-one-piece': () => {
    const probe = new Probe('refuse-one-piece').unchoked().hear(request(0, 0), request(1, 0));
    expect(probe.frames()).toEqual([reject(0, 0), HONEST]);
  },
  'ignore-one-piece': () => {
    const probe = new Probe('ignore-one-piece').unchoked().hear(request(0, 0), request(1, 0));
    expect(probe.frames()).toEqual([HONEST]);
  },
  'late-blocks': () => {
    const probe = new Probe('late-blocks').unchoked().hear(request(1, 0)).wait(1_000).hear(have(0), request(2, 0));
    probe.wait(1_999);
    expect(probe.taken()).toBe('');
    probe.wait(1);
    expect(probe.frames()).toEqual([HONEST]);
    probe.wait(1_000);
    expect(probe.frames()).toEqual([pieceFrame(2, 0)]);
  },
  'disconnect-mid-block': () => {
    const probe = new Probe('disconnect-mid-block').unchoked();
    expect(ask(probe, 3)).toBe(HONEST + HONEST + HONEST.slice(0, 10_000));
    expect(probe.closed).toBe('reset');
  },
  'vanish-and-return': () => {
    const probe = new Probe('vanish-and-return').unchoked();
    expect(ask(probe, 19)).toBe(HONEST.repeat(19));
    expect(probe.others.map((action) => action.type)).not.toContain('vanish');
    ask(probe, 1);
    expect(probe.others).toContainEqual({ type: 'vanish', forMs: 3_000 });
  },
};

const WRONG_OF_1000 = 9;
