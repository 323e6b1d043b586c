import { expect } from 'vitest';
import {
  CHOKE,
  EXTENDED,
  type Expectation,
  frame,
  HAVE_ALL,
  HAVE_NONE,
  handshake,
  have,
  INTERESTED,
  NOT_INTERESTED,
  OUR_BITFIELD,
  OUR_ID,
  Probe,
  THEIR_ID,
  UNCHOKE,
  u32,
} from '../probe.js';

const GREETING = handshake(OUR_ID) + EXTENDED;
const WITHOUT_FAST = handshake(OUR_ID, '0000000000100000') + EXTENDED;

/** What it says once both have greeted, behind handshake and extended handshake. */
function opening(name: string, greeting = GREETING): string {
  const said = new Probe(name).open().hear(handshake(THEIR_ID)).taken();
  expect(said.slice(0, greeting.length)).toBe(greeting);
  return said.slice(greeting.length);
}

export const STATE: Readonly<Record<string, Expectation>> = {
  'have-out-of-range': () => expect(opening('have-out-of-range')).toBe(HAVE_ALL + have(5)),
  'have-max': () => expect(opening('have-max')).toBe(`${HAVE_ALL}0000000504ffffffff`),
  'have-flood': () => {
    const round = have(0) + have(1) + have(2) + have(3) + have(4);
    expect(opening('have-flood')).toBe(HAVE_ALL + round.repeat(10_000));
  },
  'bitfield-too-short': () => expect(opening('bitfield-too-short')).toBe('0000000105'),
  'bitfield-too-long': () => expect(opening('bitfield-too-long')).toBe('0000000305f800'),
  'bitfield-empty': () => expect(opening('bitfield-empty')).toBe('0000000105'),
  'bitfield-spare-bits': () => expect(opening('bitfield-spare-bits')).toBe('0000000205ff'),
  'bitfield-twice': () => expect(opening('bitfield-twice')).toBe(OUR_BITFIELD + OUR_BITFIELD),
  'bitfield-late': () => {
    const probe = new Probe('bitfield-late').ready().hear(INTERESTED);
    expect(probe.frames()).toEqual([UNCHOKE, '000000020500']);
  },
  'have-all-then-bitfield': () => expect(opening('have-all-then-bitfield')).toBe(`${HAVE_ALL}000000020500`),
  'have-all-then-have-none': () => expect(opening('have-all-then-have-none')).toBe(HAVE_ALL + HAVE_NONE),
  'have-all-without-fast': () => expect(opening('have-all-without-fast', WITHOUT_FAST)).toBe(HAVE_ALL),
  'choke-flap': () => {
    const probe = new Probe('choke-flap').ready().hear(INTERESTED);
    expect(probe.taken()).toBe(UNCHOKE + (CHOKE + UNCHOKE).repeat(5_000));
    expect(probe.core.flags.amChoking).toBe(false);
  },
  'choke-flap-slow': () => {
    const probe = new Probe('choke-flap-slow').ready().hear(INTERESTED);
    expect(probe.frames()).toEqual([UNCHOKE, CHOKE]);
    probe.wait(300);
    expect(probe.frames()).toEqual([UNCHOKE, CHOKE, UNCHOKE]);
    expect(probe.core.flags.amChoking).toBe(false);
  },
  'interest-flap': () => {
    expect(opening('interest-flap')).toBe(HAVE_NONE + (INTERESTED + NOT_INTERESTED).repeat(5_000));
  },
  'suggest-out-of-range': () => {
    expect(opening('suggest-out-of-range')).toBe(`${HAVE_ALL}000000050d00000005${'000000050dffffffff'}`);
  },
  'allowed-fast-out-of-range': () => {
    expect(opening('allowed-fast-out-of-range')).toBe(`${HAVE_ALL}000000051100000005${'0000000511ffffffff'}`);
  },
  'suggest-flood': () => {
    const round = [0, 1, 2, 3, 4].map((piece) => frame(13, u32(piece))).join('');
    expect(opening('suggest-flood')).toBe(HAVE_ALL + round.repeat(2_000));
  },
  'hints-without-fast': () => {
    expect(opening('hints-without-fast', WITHOUT_FAST)).toBe(`${OUR_BITFIELD}000000050d000000000000000511${u32(0)}`);
  },
  'hints-without-pieces': () => {
    expect(opening('hints-without-pieces')).toBe(`${HAVE_NONE}000000050d000000000000000511${u32(0)}`);
  },
  'have-one-by-one': () => {
    const probe = new Probe('have-one-by-one').open().hear(handshake(THEIR_ID));
    expect(probe.taken().slice(GREETING.length)).toBe(HAVE_NONE + have(0));
    probe.wait(99);
    expect(probe.frames()).toEqual([]);
    probe.wait(401);
    expect(probe.frames()).toEqual([have(1), have(2), have(3), have(4), have(0)]);
  },
};
