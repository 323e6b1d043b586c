import { expect } from 'vitest';
import { bundledBehaviour } from '../../src/index.js';
import {
  EXTENDED,
  type Expectation,
  HAVE_ALL,
  HAVE_NONE,
  handshake,
  INTERESTED,
  OUR_ID,
  Probe,
  pieceFrame,
  reject,
  request,
  THEIR_ID,
  UNCHOKE,
} from '../probe.js';

/** As these dial, the handshake leaves unasked. How often they dial is tested over TCP. */
function dialled(name: string): Probe {
  return new Probe(name, { origin: 'dialled' }).open();
}

export const CONNECTIONS: Readonly<Record<string, Expectation>> = {
  'same-peer-id-twice': () => {
    expect(bundledBehaviour('same-peer-id-twice').dial).toEqual({ connections: 2, peerIds: 'same' });
    expect(dialled('same-peer-id-twice').taken()).toBe(handshake(OUR_ID));
  },
  'fifty-leechers': () => {
    expect(bundledBehaviour('fifty-leechers').dial).toEqual({ connections: 50, peerIds: 'each' });
    const probe = dialled('fifty-leechers').hear(handshake(THEIR_ID), HAVE_ALL);
    expect(probe.taken()).toBe(handshake(OUR_ID) + EXTENDED + HAVE_NONE + INTERESTED);
  },
  'free-rider': () => {
    const probe = new Probe('free-rider', { have: [0] }).ready().hear(INTERESTED, request(0, 0));
    expect(probe.frames()).toEqual([reject(0, 0)]);
  },
  'anti-snub': () => {
    const probe = new Probe('anti-snub', { have: [0] }).ready().hear(INTERESTED, request(0, 0)).wait(60_000);
    expect(probe.frames()).toEqual([UNCHOKE]);
  },
  'seed-meets-seed': () => {
    expect(bundledBehaviour('seed-meets-seed').dial).toEqual({ redialAfterMs: 1_000 });
    const probe = dialled('seed-meets-seed').hear(handshake(THEIR_ID), HAVE_ALL).wait(60_000);
    expect(probe.taken()).toBe(handshake(OUR_ID) + EXTENDED + HAVE_ALL);
  },
  'half-open-flood': () => {
    expect(bundledBehaviour('half-open-flood').dial).toEqual({ connections: 2_000 });
    const probe = dialled('half-open-flood').wait(600_000);
    expect(probe.sentLength).toBe(0);
    expect(probe.closed).toBeUndefined();
  },
  churn: () => {
    expect(bundledBehaviour('churn').dial).toEqual({ connections: 20, redialAfterMs: 0, redials: 999 });
    const probe = dialled('churn');
    expect(probe.sentLength).toBe(0);
    expect(probe.closed).toBe('end');
  },
  'half-close': () => {
    const probe = new Probe('half-close').open().hear(handshake(THEIR_ID));
    expect(probe.taken()).toBe(handshake(OUR_ID) + EXTENDED + HAVE_ALL);
    expect(probe.closed).toBe('half');
    expect(probe.hear(INTERESTED, request(0, 0)).taken()).not.toContain(pieceFrame(0, 0));
  },
  'same-ip-swarm': () => {
    expect(bundledBehaviour('same-ip-swarm').dial).toEqual({ connections: 200, peerIds: 'each' });
    expect(dialled('same-ip-swarm').taken()).toBe(handshake(OUR_ID));
  },
};
