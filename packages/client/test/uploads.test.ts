import { createHash } from 'node:crypto';
import { LIMITS, type TorrentOptions } from '@unchoke/client';
import { Bitfield, Geometry } from '@unchoke/pieces';
import { LocalProtocolError, type Message } from '@unchoke/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Puppet, Stage } from './puppet.js';

describe('requests that end in the padding behind a file (libtorrent before 2.0.13, version 2 alone)', () => {
  const shape = { totalLength: 16_384 + 100, pieceLength: 16_384 };

  test('are read and answered as they were asked', () => {
    const stage = new Stage({ isComplete: true, geometry: new Geometry({ ...shape, version: 'v2' }) });
    const peer = stage.join('10.0.0.1');
    peer.say({ type: 'have-none' }, { type: 'interested' }, { type: 'request', piece: 1, begin: 0, length: 16_384 });
    const load = stage.actions.find((action) => action.type === 'load-block');
    expect(load).toMatchObject({ peer: peer.key, block: { piece: 1, begin: 0, length: 16_384 } });
    stage.deliver({
      type: 'block-loaded',
      peer: peer.key,
      block: load!.block,
      bytes: new Uint8Array(16_384),
    });
    expect(peer.heardOf('piece')).toMatchObject([{ piece: 1, begin: 0, block: { length: 16_384 } }]);
  });
});

describe('blocks that were read', () => {
  const geometry = new Geometry({ totalLength: 20 * 16_384, pieceLength: 16_384 });

  test('are each sent or dropped, never neither, whatever becomes of who asked', () => {
    const step = fc.constantFrom('ask', 'cancel', 'loaded', 'failed', 'not-interested', 'interested', 'leave');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const stage = new Stage({ isComplete: true, geometry });
        const peer = stage.join('10.0.0.1');
        peer.say({ type: 'have-none' }, { type: 'interested' });
        let asked = 0;
        let answered = 0;
        const given: Uint8Array[] = [];
        const say = (message: Message) => {
          try {
            peer.say(message);
          } catch (error) {
            // What its own side may not say now stays unsaid.
            expect(error).toBeInstanceOf(LocalProtocolError);
          }
        };
        const load = (bytes: Uint8Array | undefined) => {
          const loads = stage.actions.filter((action) => action.type === 'load-block');
          const next = loads[answered];
          if (next === undefined) return;
          answered++;
          if (bytes !== undefined) given.push(bytes);
          stage.deliver({ type: 'block-loaded', peer: peer.key, block: next.block, bytes });
        };
        for (const what of steps) {
          if (what === 'loaded') load(new Uint8Array(16_384));
          else if (what === 'failed') load(undefined);
          else if (what === 'leave') stage.deliver({ type: 'socket-closed', peer: peer.key, reason: 'remote-closed' });
          else if (what === 'ask') say({ type: 'request', piece: ++asked % 20, begin: 0, length: 16_384 });
          else if (what === 'cancel') say({ type: 'cancel', piece: asked % 20, begin: 0, length: 16_384 });
          else say({ type: what });
        }
        while (answered < stage.actions.filter(({ type }) => type === 'load-block').length)
          load(new Uint8Array(16_384));
        const sent = stage.actions.flatMap((action) => (action.type === 'send-bytes' ? [action.payload] : []));
        const dropped = stage.actions.flatMap((action) => (action.type === 'drop-block' ? [action.bytes] : []));
        for (const bytes of given) expect([...sent, ...dropped].filter((other) => other === bytes)).toHaveLength(1);
      }),
      { numRuns: 100 },
    );
  });
});

describe('pieces that are allowed fast (BEP 6)', () => {
  const BLOCK = 16_384;
  const SHAPE = { totalLength: 100 * 2 * BLOCK, pieceLength: 2 * BLOCK };
  const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest();
  const request = (piece: number, begin = 0) => ({ type: 'request', piece, begin, length: BLOCK }) as const;

  /** A seed that unchokes nobody of its own accord: the one slot is taken. */
  function crowded(options: Partial<TorrentOptions> = {}) {
    const stage = new Stage({ isComplete: true, geometry: new Geometry(SHAPE), sha1, uploadSlots: 1, ...options });
    const favourite = stage.join('198.51.100.1');
    favourite.say({ type: 'have-none' }, { type: 'interested' });
    return { stage, favourite };
  }

  const allowed = (peer: Puppet): readonly number[] => peer.heardOf('allowed-fast').map(({ piece }) => piece);
  const rejected = (peer: Puppet) => peer.heardOf('reject').map(({ piece }) => piece);
  const loads = (stage: Stage, { key }: Puppet) =>
    stage.actions.flatMap((action) => (action.type === 'load-block' && action.peer === key ? [action.block] : []));

  test('are ten, the same for a whole network, and others for another one', () => {
    const { stage } = crowded();
    const [one, neighbour, other] = ['203.0.113.5', '203.0.113.77', '192.0.2.5'].map((host) => stage.join(host));
    for (const peer of [one!, neighbour!, other!]) peer.say({ type: 'have-none' });
    expect(new Set(allowed(one!)).size).toBe(10);
    expect(allowed(neighbour!)).toEqual(allowed(one!));
    expect(allowed(other!)).not.toEqual(allowed(one!));
  });

  test.each<[string, string, Message, Partial<TorrentOptions>]>([
    ['who has as many pieces', '203.0.113.5', { type: 'bitfield', bits: bits(10) }, {}],
    ['IPv6, for which BEP 6 has no rule', '2001:db8::1', { type: 'have-none' }, {}],
    ['a torrent that knows no SHA-1', '203.0.113.5', { type: 'have-none' }, { sha1: undefined as never }],
    [
      'a small torrent',
      '203.0.113.5',
      { type: 'have-none' },
      { geometry: new Geometry({ totalLength: 9 * BLOCK, pieceLength: BLOCK }) },
    ],
  ])('are none for %s', (_, host, availability, options) => {
    const { stage } = crowded(options);
    const peer = stage.join(host);
    peer.say(availability);
    expect(peer.closeReason).toBeUndefined();
    expect(allowed(peer)).toEqual([]);
  });

  test('are served to who is choked, and no others', () => {
    const { stage } = crowded();
    const peer = stage.join('203.0.113.5');
    peer.say({ type: 'have-none' }, { type: 'interested' });
    const [piece] = allowed(peer);
    peer.say(request(piece!));
    expect(peer.heardOf('unchoke')).toEqual([]);
    expect(loads(stage, peer)).toEqual([{ piece, begin: 0, length: BLOCK }]);
    stage.deliver({
      type: 'block-loaded',
      peer: peer.key,
      block: loads(stage, peer)[0]!,
      bytes: new Uint8Array(BLOCK).fill(7),
    });
    expect(peer.heardOf('piece')).toMatchObject([{ piece, begin: 0 }]);
    expect(rejected(peer)).toEqual([]);
  });

  test('each once: what is asked beyond that is rejected, and a flood of it ends', () => {
    const { stage } = crowded();
    const peer = stage.join('203.0.113.5');
    peer.say({ type: 'have-none' }, { type: 'interested' });
    const [piece] = allowed(peer);
    const serveAll = () => {
      for (const block of loads(stage, peer).slice(peer.heardOf('piece').length))
        stage.deliver({ type: 'block-loaded', peer: peer.key, block, bytes: new Uint8Array(BLOCK) });
    };
    for (let round = 0; round < 20; round++) {
      peer.say(request(piece!));
      serveAll();
    }
    expect(rejected(peer)).toEqual([]);
    peer.say(request(piece!));
    expect(rejected(peer)).toEqual([piece]);
    for (let round = 0; round < 600; round++) peer.say(request(piece!));
    expect(peer.closeReason).toBe('flood');
    expect(loads(stage, peer)).toHaveLength(20);
  });

  test('are no longer served once the peer has as many of its own', () => {
    const { stage } = crowded();
    const peer = stage.join('203.0.113.5');
    peer.say({ type: 'bitfield', bits: bits(9) }, { type: 'interested' });
    const piece = allowed(peer).find((index) => index > 9)!;
    peer.say(request(piece), { type: 'have', piece: 9 }, request(piece, BLOCK));
    expect(loads(stage, peer)).toHaveLength(1);
    expect(rejected(peer)).toEqual([piece]);
  });

  test('are not promised to be there: one that we have not is rejected', () => {
    const stage = new Stage({ geometry: new Geometry(SHAPE), sha1 });
    const peer = stage.join('203.0.113.5');
    peer.say({ type: 'have-none' }, { type: 'interested' });
    stage.passTime(10_000);
    peer.say(request(allowed(peer)[0]!));
    expect(rejected(peer)).toEqual(allowed(peer).slice(0, 1));
  });

  test('a choke rejects all requests but those', () => {
    const stage = new Stage({ isComplete: true, geometry: new Geometry(SHAPE), sha1, uploadSlots: 1 });
    const peer = stage.join('203.0.113.5');
    peer.say({ type: 'have-none' }, { type: 'interested' });
    const set = allowed(peer);
    const others = Array.from({ length: 100 }, (_, piece) => piece).filter((piece) => !set.includes(piece));
    // More than are read from disk at once, so that of both kinds some are read and some wait.
    const asked = Array.from({ length: 20 }, (_, index) => [set[index % 10]!, others[index]!]).flat();
    for (const [index, piece] of asked.entries()) peer.say(request(piece, index < 20 ? 0 : BLOCK));
    expect(peer.heardOf('unchoke')).toHaveLength(1);
    const rivals = Array.from({ length: 4 }, (_, index) => stage.join(`198.51.100.${index + 1}`));
    for (const rival of rivals) rival.say({ type: 'have-none' }, { type: 'interested' });
    for (let round = 0; round < 60 && peer.heardOf('choke').length === 0; round++) stage.passTime(10_000);
    expect(peer.heardOf('choke')).toHaveLength(1);
    expect([...rejected(peer)].sort()).toEqual(asked.filter((piece) => !set.includes(piece)).sort());
    const waiting = loads(stage, peer).filter(({ piece }) => set.includes(piece));
    for (const block of waiting)
      stage.deliver({ type: 'block-loaded', peer: peer.key, block, bytes: new Uint8Array(BLOCK) });
    expect(peer.heardOf('piece').length).toBe(waiting.length);
  });

  function bits(count: number): Uint8Array {
    const geometry = new Geometry(SHAPE);
    return Bitfield.of(
      100,
      Array.from({ length: count }, (_, piece) => geometry.pieceAt(piece)!),
    ).toWire();
  }
});

describe('blocks that were asked for', () => {
  const BLOCK = 16_384;
  const request = (piece: number) => ({ type: 'request', piece, begin: 0, length: BLOCK }) as const;
  const cancel = (piece: number) => ({ ...request(piece), type: 'cancel' }) as const;

  /** Somebody asks a seed for 200 of them. */
  function asked() {
    const geometry = new Geometry({ totalLength: 300 * BLOCK, pieceLength: BLOCK });
    const stage = new Stage({ isComplete: true, geometry });
    const peer = stage.join('10.0.0.1');
    peer.say({ type: 'have-none' }, { type: 'interested' });
    peer.say(...Array.from({ length: 200 }, (_, piece) => request(piece)));
    const loads = () => stage.actions.flatMap((action) => (action.type === 'load-block' ? [action.block] : []));
    const load = (from: number, to: number) => {
      for (const block of loads().slice(from, to))
        stage.deliver({ type: 'block-loaded', peer: peer.key, block, bytes: new Uint8Array(BLOCK) });
    };
    return { peer, loads, load };
  }

  test('are read many at once, in their order, and never more than are allowed', () => {
    const { peer, loads, load } = asked();
    const half = LIMITS.uploadLoadsMax / 2;
    expect(loads()).toHaveLength(half + 1);
    load(0, 1);
    expect(loads()).toHaveLength(2 * half + 1);
    load(1, half);
    expect(loads()).toHaveLength(2 * half + 1);
    load(half, half + 1);
    expect(loads()).toHaveLength(3 * half + 1);
    for (let from = half + 1; from < 200; from += half) load(from, from + half);
    expect(peer.heardOf('piece').map(({ piece }) => piece)).toEqual(Array.from({ length: 200 }, (_, piece) => piece));
  });

  test('go on when all that were being read are cancelled', () => {
    const { peer, loads, load } = asked();
    const { length } = loads();
    peer.say(...loads().map(({ piece }) => cancel(piece)));
    load(0, length);
    expect(loads().length).toBeGreaterThan(length);
  });
});

describe('an upload slot', () => {
  const unchokes = (peer: Puppet): number => peer.heardOf('unchoke').length;

  /** One slot, held by the first; the others wait, in the order in which they came. */
  function held() {
    const stage = new Stage({ isComplete: true, uploadSlots: 1 });
    const peers = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((host) => {
      stage.nowMs += 1_000;
      const peer = stage.join(host);
      peer.say({ type: 'have-none' }, { type: 'interested' });
      return peer;
    });
    return { stage, peers: peers as [Puppet, Puppet, Puppet] };
  }

  test('goes to who has waited longest when its holder wants nothing any more', () => {
    const { peers } = held();
    expect(peers.map(unchokes)).toEqual([1, 0, 0]);
    peers[0].say({ type: 'not-interested' });
    expect(peers.map(unchokes)).toEqual([1, 1, 0]);
    expect(peers[0].heardOf('choke')).toHaveLength(1);
    peers[0].say({ type: 'interested' });
    expect(peers.map(unchokes)).toEqual([1, 1, 0]);
  });

  test('… and when its holder goes', () => {
    const { stage, peers } = held();
    stage.deliver({ type: 'socket-closed', peer: peers[0].key, reason: 'remote-closed' });
    expect(peers.map(unchokes)).toEqual([1, 1, 0]);
  });

  test('stays where nobody waits for it', () => {
    const stage = new Stage({ isComplete: true, uploadSlots: 1 });
    const peer = stage.join('10.0.0.1');
    peer.say({ type: 'have-none' }, { type: 'interested' }, { type: 'not-interested' });
    expect(peer.heardOf('choke')).toEqual([]);
  });

  test('does not change hands when one goes that had none', () => {
    const { peers } = held();
    peers[1].say({ type: 'not-interested' });
    expect(peers.map(unchokes)).toEqual([1, 0, 0]);
  });
});
