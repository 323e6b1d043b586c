import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  block,
  CHOKE,
  EXTENDED,
  frame,
  HAVE_ALL,
  HAVE_NONE,
  handshake,
  have,
  hex,
  INTERESTED,
  KEEP_ALIVE,
  LAST_BLOCK_LENGTH,
  NOT_INTERESTED,
  OUR_BITFIELD,
  OUR_ID,
  PIECE_LENGTH,
  Probe,
  pieceFrame,
  reject,
  request,
  THEIR_EXTENDED,
  THEIR_ID,
  TORRENT,
  text,
  UNCHOKE,
  u32,
} from './probe.js';

const HONEST = { rules: [] };
const PLAIN = '0000000000000000';

describe('greeting', () => {
  test('who dials speaks first, who accepts answers', () => {
    expect(new Probe(HONEST, { origin: 'dialled' }).open().taken()).toBe(handshake(OUR_ID));
    const accepted = new Probe(HONEST).open();
    expect(accepted.taken()).toBe('');
    expect(accepted.hear(handshake(THEIR_ID)).taken()).toBe(handshake(OUR_ID) + EXTENDED + HAVE_ALL);
  });

  test('what is offered by one side only is not used', () => {
    expect(new Probe(HONEST).open().hear(handshake(THEIR_ID, PLAIN)).taken()).toBe(handshake(OUR_ID) + OUR_BITFIELD);
    const extensionsOnly = new Probe(HONEST).open().hear(handshake(THEIR_ID, '0000000000100000'));
    expect(extensionsOnly.taken()).toBe(handshake(OUR_ID) + EXTENDED + OUR_BITFIELD);
  });

  test('what is there is told: all, some, none', () => {
    const opening = (have: number[], reserved?: string): string =>
      new Probe(HONEST, { have }).open().hear(handshake(THEIR_ID, reserved)).taken().slice(136);
    expect(opening([0, 4], PLAIN)).toBe('000000020588');
    expect(opening([0, 4])).toBe(`${EXTENDED}000000020588`);
    expect(opening([])).toBe(EXTENDED + HAVE_NONE);
    expect(opening([], PLAIN)).toBe('');
  });

  test('an unknown info-hash and another protocol are not answered', () => {
    for (const [greeting, oddity] of [
      [handshake(THEIR_ID, PLAIN, '00'.repeat(20)), 'unknown-info-hash'],
      [handshake(THEIR_ID).replace('426974', '426975'), 'wrong-protocol'],
    ] as const) {
      const probe = new Probe(HONEST).open().hear(greeting);
      expect(probe.taken()).toBe('');
      expect(probe.closed).toBe('end');
      expect(probe.oddities).toEqual([oddity]);
    }
  });
});

test('a stranger is left at its first wrong byte, wherever that is', () => {
  const greeting = handshake(THEIR_ID);
  for (let at = 0; at < 20; at++) {
    const probe = new Probe(HONEST).open().hear(greeting.slice(0, 2 * at));
    expect(probe.closed).toBeUndefined();
    probe.hear('ff');
    expect(probe.closed).toBe('end');
    expect(probe.oddities).toEqual(['wrong-protocol']);
    expect(probe.hear(greeting).taken()).toBe('');
  }
});

describe('serving', () => {
  test('a request gets its block, cut as the last one is', () => {
    const probe = new Probe(HONEST)
      .unchoked()
      .hear(request(3, 16_384), request(4, 16_384, LAST_BLOCK_LENGTH), request(0, 5, 1));
    expect(probe.frames()).toEqual([
      pieceFrame(3, 16_384),
      pieceFrame(4, 16_384, block(4, 16_384, LAST_BLOCK_LENGTH)),
      pieceFrame(0, 5, block(0, 5, 1)),
    ]);
  });

  test.each([
    ['request-out-of-range', request(5, 0)],
    ['request-out-of-range', request(0xffff_ffff, 0)],
    ['request-out-of-range', request(0, PIECE_LENGTH)],
    ['request-out-of-range', request(0, 0xffff_ffff)],
    ['request-out-of-range', request(0, 16_385)],
    ['request-out-of-range', request(4, 16_384)],
    ['request-out-of-range', request(0, 0, 0)],
    ['request-out-of-range', request(0, 0, 16_385)],
    ['request-out-of-range', request(0, 0, 0xffff_ffff)],
  ])('%s: %s is rejected with BEP 6 and passed over without', (oddity, asked) => {
    const probe = new Probe(HONEST).unchoked().hear(asked);
    expect(probe.frames()).toEqual([asked.replace(/^0000000d06/, '0000000d10')]);
    expect(probe.oddities).toEqual([oddity]);
    const plain = new Probe(HONEST).ready(PLAIN).hear(INTERESTED, asked);
    expect(plain.frames()).toEqual([UNCHOKE]);
  });

  test('a piece that is not there is not served', () => {
    const probe = new Probe(HONEST, { have: [1] }).unchoked().hear(request(0, 0), request(1, 0));
    expect(probe.frames()).toEqual([reject(0, 0), pieceFrame(1, 0)]);
    expect(probe.oddities).toEqual(['request-for-missing-piece']);
  });

  test('a request while choked is not served', () => {
    const probe = new Probe(HONEST).ready().hear(request(0, 0));
    expect(probe.frames()).toEqual([reject(0, 0)]);
    expect(probe.oddities).toEqual(['request-while-choked']);
  });

  test('the queue is bounded, a cancelled request is rejected once and the others come', () => {
    const probe = new Probe(HONEST).unchoked();
    probe.isClogged = true;
    probe.hear(...Array.from({ length: 64 }, () => request(0, 0))).taken();
    probe.hear(...Array.from({ length: 2_001 }, (_, i) => request(1, i, 1)));
    expect(probe.oddities).toEqual(['too-many-requests']);
    probe.hear(frame(8, u32(1) + u32(1_000) + u32(1)), frame(8, u32(1) + u32(1_000) + u32(1)));
    probe.isClogged = false;
    probe.feed({ type: 'bytes-drained' });
    const frames = probe.frames();
    expect(frames.filter((one) => one.startsWith('0000000d10'))).toEqual([reject(1, 2_000, 1), reject(1, 1_000, 1)]);
    expect(frames.filter((one) => one.slice(8, 18) === `07${u32(1)}`)).toHaveLength(1_999);
  });

  test('metadata is served, and what there is not is rejected', () => {
    const ask = (piece: number): string => frame(20, `02${text(`d8:msg_typei0e5:piecei${piece}ee`)}`);
    const header = text(`d8:msg_typei1e5:piecei0e10:total_sizei${TORRENT.infoBytes.length}ee`);
    expect(new Probe(HONEST).ready().hear(ask(0), ask(1), ask(-1)).frames()).toEqual([
      frame(20, `07${header}${hex(TORRENT.infoBytes)}`),
      frame(20, `07${text('d8:msg_typei2e5:piecei1ee')}`),
      frame(20, `07${text('d8:msg_typei2e5:piecei-1ee')}`),
    ]);
  });

  test('peers are told to whoever understands it, fifty at most and once a minute', () => {
    const peers = Array.from({ length: 60 }, (_, i) => ({ host: `127.0.1.${i}`, port: 6881 }));
    const probe = new Probe(HONEST).ready();
    probe.feed({ type: 'peers-known', peers });
    const compact = peers
      .slice(0, 50)
      .map((_, i) => `7f0001${i.toString(16).padStart(2, '0')}1ae1`)
      .join('');
    const wanted = `${text('d5:added300:')}${compact}${text('7:added.f50:')}${'00'.repeat(50)}${text('e')}`;
    expect(probe.frames()).toEqual([frame(20, `08${wanted}`)]);
    probe.feed({ type: 'peers-known', peers: [{ host: '::1', port: 1 }] });
    expect(probe.wait(59_999).frames()).toEqual([]);
    const six = `${text('d6:added618:')}${'00'.repeat(15)}010001${text('8:added6.f1:')}00${text('e')}`;
    expect(probe.wait(1).frames()).toEqual([frame(20, `08${six}`)]);
  });

  test('silence is broken before two minutes', () => {
    const probe = new Probe(HONEST).ready();
    expect(probe.wait(109_999).taken()).toBe('');
    expect(probe.wait(1).taken()).toBe(KEEP_ALIVE);
    expect(probe.wait(220_000).taken()).toBe(KEEP_ALIVE + KEEP_ALIVE);
  });
});

describe('downloading', () => {
  const leech = (): Probe => new Probe(HONEST, { role: 'leech' }).ready().hear(HAVE_ALL);

  /** Serves whatever the probe asks for, honestly. */
  function serve(probe: Probe, frames = probe.frames()): void {
    for (const one of frames) {
      if (!one.startsWith('0000000d06')) continue;
      const [piece, begin, length] = [10, 18, 26].map((at) => Number.parseInt(one.slice(at, at + 8), 16));
      probe.hear(pieceFrame(piece!, begin!, block(piece!, begin!, length)));
    }
  }

  test('everything is asked for once, verified, stored and told', () => {
    const probe = leech();
    expect(probe.frames()).toEqual([INTERESTED]);
    const asked = probe.hear(UNCHOKE).frames();
    expect(new Set(asked).size).toBe(10);
    expect(asked).toContain(request(4, 16_384, LAST_BLOCK_LENGTH));
    serve(probe, asked);
    const after = probe.frames();
    expect(after.filter((one) => one.startsWith('0000000504'))).toHaveLength(5);
    expect(after.at(-1)).toBe(NOT_INTERESTED);
    const stored = probe.others.flatMap((action) => (action.type === 'store-piece' ? [action] : []));
    expect(stored.map(({ piece, bytes }) => [piece, hex(bytes)]).sort()).toEqual(
      [0, 1, 2, 3, 4].map((piece) => [piece, block(piece, 0, PIECE_LENGTH)]),
    );
    expect(probe.others).toContainEqual({ type: 'notify', notice: { type: 'completed' } });
  });

  test('a wrong piece is not kept and ends the connection', () => {
    const probe = leech().hear(UNCHOKE);
    const [first, second] = probe.frames().filter((one) => one.startsWith('0000000d06'));
    const piece = Number.parseInt(first!.slice(10, 18), 16);
    const length = Number.parseInt(second!.slice(26, 34), 16);
    probe.hear(pieceFrame(piece, 0), pieceFrame(piece, 16_384, '00'.repeat(length)));
    expect(probe.others).toContainEqual({ type: 'notify', notice: { type: 'piece-rejected', piece } });
    expect(probe.others.map((action) => action.type)).not.toContain('store-piece');
    expect(probe.closed).toBe('end');
  });

  test('blocks that were not asked for are left alone', () => {
    const probe = leech();
    probe.hear(pieceFrame(0, 0), UNCHOKE);
    probe.hear(pieceFrame(0, 1), pieceFrame(0, 0, '00'), pieceFrame(9, 0), pieceFrame(0, 0), pieceFrame(0, 0));
    expect(probe.oddities).toEqual(Array.from({ length: 5 }, () => 'unasked-block'));
    expect(probe.core.flags.amInterested).toBe(true);
  });

  test('a choke without BEP 6 drops what was asked for, an unchoke asks again', () => {
    const probe = new Probe(HONEST, { role: 'leech' }).ready(PLAIN).hear('0000000205f8', UNCHOKE);
    const first = probe.frames().filter((one) => one.startsWith('0000000d06'));
    expect(probe.hear(CHOKE).taken()).toBe('');
    const second = probe.hear(UNCHOKE).frames();
    expect([...second].sort()).toEqual([...first].sort());
  });

  test('a rejected piece is not asked for again until the next unchoke, or for twenty seconds: no loop', () => {
    const probe = leech().hear(UNCHOKE);
    const asked = probe.frames().filter((one) => one.startsWith('0000000d06'));
    probe.hear(...asked.map((one) => one.replace(/^0000000d06/, '0000000d10')));
    expect(probe.taken()).toBe('');
    const again = probe.hear(CHOKE, UNCHOKE).frames();
    expect(again).toHaveLength(10);
    probe.hear(...again.map((one) => one.replace(/^0000000d06/, '0000000d10')));
    expect(probe.wait(19_999).frames()).toEqual([]);
    expect(probe.wait(1).frames()).toHaveLength(10);
  });

  test('after twenty seconds of nothing others may fetch it', () => {
    const probe = leech().hear(UNCHOKE);
    probe.taken();
    expect(probe.core.deadlineMs).toBe(20_000);
    expect(probe.wait(20_000).taken()).toBe('');
    expect(probe.others).toContainEqual({ type: 'pieces-released' });
    // It is asked once more after as long again, in case it was only slow.
    expect(probe.core.deadlineMs).toBe(40_000);
    expect(probe.wait(20_000).frames()).toHaveLength(10);
  });

  test('interest follows what the other side has', () => {
    const probe = new Probe(HONEST, { role: 'leech', have: [0, 1, 2, 3] }).ready().hear(have(0), have(3));
    expect(probe.taken()).toBe('');
    expect(probe.hear(have(4)).frames()).toEqual([INTERESTED]);
    probe.hear(UNCHOKE);
    serve(probe);
    expect(probe.frames()).toEqual([have(4), NOT_INTERESTED]);
  });

  test('wrong haves and bitfields are noticed and change nothing', () => {
    const probe = new Probe(HONEST, { role: 'leech' }).ready();
    probe.hear(have(5), have(0xffff_ffff), '0000000205ff', '000000020507', '0000000305f800', '0000000105');
    expect(probe.oddities).toEqual([
      'have-out-of-range',
      'have-out-of-range',
      ...Array.from({ length: 4 }, () => 'wrong-bitfield'),
    ]);
    expect(probe.taken()).toBe('');
  });
});

test('no bytes whatever make it throw', () => {
  const parts = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map(hex),
    fc.constantFrom(
      HAVE_ALL,
      HAVE_NONE,
      INTERESTED,
      UNCHOKE,
      CHOKE,
      THEIR_EXTENDED,
      request(0, 0),
      pieceFrame(1, 0),
      'ffffffff',
    ),
    fc.tuple(fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 100 })).map(([id, payload]) => frame(id, hex(payload))),
    fc.uint8Array({ maxLength: 100 }).map((payload) => frame(20, `00${hex(payload)}`)),
  );
  fc.assert(
    fc.property(
      fc.array(parts, { maxLength: 30 }),
      fc.constantFrom('seed', 'leech'),
      fc.boolean(),
      (stream, role, greets) => {
        const probe = new Probe(HONEST, { role: role as 'seed' | 'leech' }).open();
        if (greets) probe.hear(handshake(THEIR_ID));
        for (const one of stream) probe.hear(one).wait(1_000);
        probe.feed({ type: 'connection-closed', reason: 'over' });
        expect(probe.core.deadlineMs).toBeUndefined();
      },
    ),
  );
});
