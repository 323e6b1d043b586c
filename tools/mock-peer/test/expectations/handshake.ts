import { expect } from 'vitest';
import {
  EXTENDED,
  type Expectation,
  HAVE_ALL,
  handshake,
  INFO_HASH,
  INTERESTED,
  OUR_ID,
  Probe,
  request,
  THEIR_EXTENDED,
  THEIR_ID,
  text,
  UNCHOKE,
} from '../probe.js';

const HONEST = handshake(OUR_ID);

/** What it answers to a handshake, up to where its own ends. */
function greeting(name: string): string {
  return new Probe(name).open().hear(handshake(THEIR_ID)).taken();
}

function cutAt(keep: number): Expectation {
  return () => {
    const probe = new Probe(`handshake-cut-at-${keep}`).open().hear(handshake(THEIR_ID));
    expect(probe.taken()).toBe(HONEST.slice(0, 2 * keep));
    probe.hear(THEIR_EXTENDED, INTERESTED, request(0, 0)).wait(600_000);
    expect(probe.taken()).toBe('');
    expect(probe.closed).toBeUndefined();
  };
}

export const HANDSHAKE: Readonly<Record<string, Expectation>> = {
  'handshake-wrong-length-byte': () => {
    expect(greeting('handshake-wrong-length-byte').slice(0, 136)).toBe(`12${HONEST.slice(2)}`);
  },
  'handshake-wrong-protocol': () => {
    expect(greeting('handshake-wrong-protocol').slice(0, 136)).toBe(
      `13${text('BitTorrent protocoL')}${HONEST.slice(40)}`,
    );
  },
  'handshake-http': () => {
    expect(greeting('handshake-http')).toBe(text('GET /announce HTTP/1.1\r\nHost: localhost\r\n\r\n'));
  },
  'handshake-tls': () => {
    const said = greeting('handshake-tls');
    expect(said.slice(0, 22)).toBe('16030102000100' + '01fc0303');
    // A TLS record of 0x0200 bytes, header of five before it.
    expect(said).toHaveLength(2 * (5 + 0x200));
  },
  'handshake-random-bytes': () => {
    const said = greeting('handshake-random-bytes');
    expect(said).toHaveLength(136);
    expect(said).not.toBe(HONEST);
  },
  'handshake-wrong-info-hash': () => {
    const said = greeting('handshake-wrong-info-hash');
    expect(said.slice(0, 56)).toBe(HONEST.slice(0, 56));
    expect(said.slice(56, 96)).not.toBe(INFO_HASH);
    expect(said.slice(96, 136)).toBe(OUR_ID);
  },
  'handshake-cut-at-1': cutAt(1),
  'handshake-cut-at-19': cutAt(19),
  'handshake-cut-at-20': cutAt(20),
  'handshake-cut-at-28': cutAt(28),
  'handshake-cut-at-48': cutAt(48),
  'handshake-cut-at-67': cutAt(67),
  'handshake-cut-and-close': () => {
    const probe = new Probe('handshake-cut-and-close').open().hear(handshake(THEIR_ID));
    expect(probe.taken()).toBe(HONEST.slice(0, 56));
    expect(probe.closed).toBe('end');
  },
  'handshake-drip': () => {
    const probe = new Probe('handshake-drip').open().hear(handshake(THEIR_ID));
    expect(probe.writes()).toEqual(['13']);
    probe.wait(1_999);
    expect(probe.writes()).toEqual([]);
    probe.wait(1);
    expect(probe.writes()).toEqual(['42']);
    probe.wait(66 * 2_000);
    expect(probe.writes().join('')).toBe(HONEST.slice(4));
  },
  'handshake-own-peer-id': () => {
    expect(greeting('handshake-own-peer-id').slice(0, 136)).toBe(HONEST.slice(0, 96) + THEIR_ID);
  },
  'peer-id-not-announced': () => {
    const said = greeting('peer-id-not-announced').slice(0, 136);
    expect(said.slice(0, 112)).toBe(HONEST.slice(0, 96) + text('-XX0000-'));
    expect(said).not.toContain(OUR_ID);
  },
  'reserved-bits-all': () => {
    expect(greeting('reserved-bits-all').slice(0, 136)).toBe(handshake(OUR_ID, 'ffffffffffffffff'));
  },
  'reserved-bits-unassigned': () => {
    expect(greeting('reserved-bits-unassigned').slice(0, 136)).toBe(handshake(OUR_ID, 'a55aa55aa5124004'));
  },
  'close-on-open': () => {
    const probe = new Probe('close-on-open').open();
    expect(probe.taken()).toBe('');
    expect(probe.closed).toBe('end');
  },
  'reset-on-open': () => {
    const probe = new Probe('reset-on-open').open();
    expect(probe.taken()).toBe('');
    expect(probe.closed).toBe('reset');
  },
  'never-answer': () => {
    const probe = new Probe('never-answer').open().hear(handshake(THEIR_ID)).wait(3_600_000);
    expect(probe.sentLength).toBe(0);
    expect(probe.closed).toBeUndefined();
  },
  'slow-accept': () => {
    const probe = new Probe('slow-accept').open().hear(handshake(THEIR_ID)).wait(4_999);
    expect(probe.taken()).toBe('');
    expect(probe.others.map((action) => action.type)).toContain('pause-reading');
    probe.wait(1);
    expect(probe.taken()).toBe(HONEST + EXTENDED + HAVE_ALL);
    expect(probe.others.map((action) => action.type)).toContain('resume-reading');
  },
  'simultaneous-open': () => {
    const probe = new Probe('simultaneous-open').ready();
    expect(probe.others).toContainEqual({ type: 'dial-back', port: 6889 });
    const second = new Probe('simultaneous-open', { connection: 1 }).ready();
    expect(second.others.map((action) => action.type)).not.toContain('dial-back');
  },
  'close-after-handshake': () => {
    const probe = new Probe('close-after-handshake').open().hear(handshake(THEIR_ID));
    expect(probe.taken()).toBe(HONEST + EXTENDED + HAVE_ALL);
    expect(probe.closed).toBe('end');
  },
  'close-after-bitfield': () => {
    const probe = new Probe('close-after-bitfield').open().hear(handshake(THEIR_ID, '0000000000000000'));
    expect(probe.taken()).toBe(`${HONEST}0000000205f8`);
    expect(probe.closed).toBe('end');
  },
  'close-on-interested': () => {
    const probe = new Probe('close-on-interested').ready();
    expect(probe.closed).toBeUndefined();
    probe.hear(INTERESTED);
    expect(probe.closed).toBe('end');
  },
  'close-after-unchoke': () => {
    const probe = new Probe('close-after-unchoke').ready().hear(INTERESTED);
    expect(probe.taken()).toBe(UNCHOKE);
    expect(probe.closed).toBe('end');
  },
  'reset-on-request': () => {
    const probe = new Probe('reset-on-request').unchoked().hear(request(0, 0));
    expect(probe.taken()).toBe('');
    expect(probe.closed).toBe('reset');
  },
};
