import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Doing, When } from '../src/index.js';
import { HAVE_ALL, have, INTERESTED, KEEP_ALIVE, Probe, pieceFrame, request, u32 } from './probe.js';

/** Which of so many requests for the first block of a piece come back doubled. */
function doubled(
  when: Partial<When>,
  pieces: readonly number[],
  options: ConstructorParameters<typeof Probe>[1] = {},
): readonly number[] {
  const rules = [{ when: { on: 'send', message: 'piece', ...when } as When, do: { type: 'duplicate' } as Doing }];
  const probe = new Probe({ rules }, options).unchoked();
  return pieces.flatMap((piece, i) => {
    const said = probe.hear(request(piece, 0)).taken();
    const one = pieceFrame(piece, 0);
    expect([one, one + one]).toContain(said);
    return said === one ? [] : [i];
  });
}

const SIX = [0, 1, 2, 3, 4, 0];

describe('when', () => {
  test.each<[Partial<When>, readonly number[]]>([
    [{}, [0, 1, 2, 3, 4, 5]],
    [{ message: ['have', 'piece'] }, [0, 1, 2, 3, 4, 5]],
    [{ message: 'have' }, []],
    [{ piece: 2 }, [2]],
    [{ piece: 'first' }, [0, 5]],
    [{ piece: 'last' }, [4]],
    [{ piece: [1, 3] }, [1, 3]],
    [{ piece: { from: 2, to: 3 } }, [2, 3]],
    [{ piece: { to: 0 } }, [0, 5]],
    [{ block: 1 }, []],
    [{ block: 'first' }, [0, 1, 2, 3, 4, 5]],
    [{ after: 4 }, [4, 5]],
    [{ every: 2 }, [0, 2, 4]],
    [{ after: 1, every: 2 }, [1, 3, 5]],
    [{ times: 2 }, [0, 1]],
    [{ after: 1, every: 2, times: 2 }, [1, 3]],
    [{ piece: 'first', after: 1 }, [5]],
    [{ probability: 0 }, []],
    [{ probability: 1 }, [0, 1, 2, 3, 4, 5]],
    [{ origin: 'accepted' }, [0, 1, 2, 3, 4, 5]],
    [{ origin: 'dialled' }, []],
    [{ connection: 0 }, [0, 1, 2, 3, 4, 5]],
    [{ connection: { from: 1 } }, []],
  ])('%j', (when, expected) => {
    expect(doubled(when, SIX)).toEqual(expected);
  });

  test('an age of the connection', () => {
    const rules = [
      { when: { on: 'send', message: 'piece', fromMs: 100, untilMs: 200 }, do: { type: 'duplicate' } },
    ] as const;
    const probe = new Probe({ rules }).unchoked();
    const count = (): number => probe.hear(request(0, 0)).frames().length;
    expect([count(), probe.wait(100) && count(), probe.wait(99) && count(), probe.wait(1) && count()]).toEqual([
      1, 2, 2, 1,
    ]);
  });

  test('a time, once and repeatedly', () => {
    const send = { type: 'send', message: { type: 'keep-alive' } } as const;
    const once = new Probe({ rules: [{ when: { on: 'time', atMs: 500 }, do: send }] }).ready();
    expect([once.wait(499).taken(), once.wait(1).taken(), once.wait(5_000).taken()]).toEqual(['', KEEP_ALIVE, '']);
    const often = new Probe({ rules: [{ when: { on: 'time', atMs: 500, everyMs: 10, times: 3 }, do: send }] }).ready();
    expect(often.wait(509).frames()).toHaveLength(1);
    expect(often.wait(1_000).frames()).toHaveLength(2);
  });

  test('chance comes from the seed, the connection and the rule alone', () => {
    const pick = (seed: number, connection: number, extra: boolean): readonly string[] => {
      const rule = { when: { on: 'send', message: 'piece', probability: 0.5 }, do: { type: 'drop' } } as const;
      const other = { when: { on: 'send', message: 'piece', probability: 0.5 }, do: { type: 'duplicate' } } as const;
      const probe = new Probe({ seed, rules: extra ? [rule, other] : [rule] }, { connection }).unchoked();
      return Array.from({ length: 64 }, () => (probe.hear(request(0, 0)).taken() === '' ? '-' : 'x'));
    };
    expect(pick(1, 0, false)).toEqual(pick(1, 0, false));
    expect(pick(1, 0, true)).toEqual(pick(1, 0, false));
    expect(pick(2, 0, false)).not.toEqual(pick(1, 0, false));
    expect(pick(1, 1, false)).not.toEqual(pick(1, 0, false));
  });
});

describe('do', () => {
  test('a list is done in its order, and each rule works on what the earlier ones left', () => {
    const rules = [
      {
        when: { on: 'send', message: 'piece' },
        do: [{ type: 'send', message: { type: 'have', piece: 'same' } }, { type: 'duplicate' }],
      },
      { when: { on: 'send', message: 'piece' }, do: { type: 'alter', fields: { begin: 7 } } },
    ] as const;
    const changed = pieceFrame(2, 7, pieceFrame(2, 0).slice(26));
    expect(new Probe({ rules }).unchoked().hear(request(2, 0)).frames()).toEqual([have(2), changed, changed]);
  });

  test('what a rule sends sets no rule off', () => {
    const rules = [
      { when: { on: 'send', message: 'have' }, do: { type: 'duplicate' } },
      { when: { on: 'sent', message: 'unchoke' }, do: { type: 'send', message: { type: 'have', piece: 1 } } },
    ] as const;
    expect(new Probe({ rules }).ready().hear(INTERESTED).frames()).toEqual(['0000000101', have(1)]);
  });

  test('stall holds everything back and lets it go in order', () => {
    const rules = [{ when: { on: 'sent', message: 'unchoke' }, do: { type: 'stall', forMs: 1_000 } }] as const;
    const probe = new Probe({ rules }).ready().hear(INTERESTED, request(0, 0), request(1, 0)).wait(999);
    expect(probe.taken()).toBe('');
    expect(probe.wait(1).frames()).toEqual(['0000000101', pieceFrame(0, 0), pieceFrame(1, 0)]);
  });

  test('split cuts every frame, prefixes too', () => {
    const rules = [{ when: { on: 'ready' }, do: { type: 'split', bytes: 3 } }] as const;
    const probe = new Probe({ rules }).ready().hear(INTERESTED);
    expect(probe.writes()).toEqual(['000000', '0101']);
  });

  test('merge glues so many and no more', () => {
    const rules = [{ when: { on: 'ready' }, do: { type: 'merge', frames: 2 } }] as const;
    const probe = new Probe({ rules }).ready().wait(100);
    probe.taken();
    probe.hear(INTERESTED, request(0, 0), request(1, 0));
    expect(probe.writes()).toEqual([`0000000101${pieceFrame(0, 0)}`]);
    expect(probe.wait(100).writes()).toEqual([pieceFrame(1, 0)]);
  });

  test('cut may keep all but the last bytes and go on', () => {
    const rules = [{ when: { on: 'send', message: 'piece' }, do: { type: 'cut', keep: -2 } }] as const;
    const said = new Probe({ rules }).unchoked().hear(request(0, 0), request(1, 0)).taken();
    expect(said).toBe(pieceFrame(0, 0).slice(0, -4) + pieceFrame(1, 0).slice(0, -4));
  });

  test('pad lengthens the frame, prefix only what it says', () => {
    const pad = [{ when: { on: 'send', message: 'unchoke' }, do: { type: 'pad', bytes: 'abcd' } }] as const;
    expect(new Probe({ rules: pad }).ready().hear(INTERESTED).taken()).toBe('0000000301abcd');
    const prefix = [{ when: { on: 'send', message: 'unchoke' }, do: { type: 'prefix', length: 9 } }] as const;
    expect(new Probe({ rules: prefix }).ready().hear(INTERESTED).taken()).toBe('0000000901');
  });

  test('corrupt flips as many bytes as it is told, where it is told', () => {
    const flip = (doing: object): string => {
      const rules = [{ when: { on: 'send', message: 'piece' } as const, do: { type: 'corrupt', ...doing } as Doing }];
      return new Probe({ rules }).unchoked().hear(request(0, 0)).taken().slice(26);
    };
    const honest = pieceFrame(0, 0).slice(26);
    const places = (said: string): readonly number[] => {
      return Array.from({ length: 16_384 }, (_, i) => i).filter(
        (i) => said.slice(2 * i, 2 * i + 2) !== honest.slice(2 * i, 2 * i + 2),
      );
    };
    expect(places(flip({ at: 'first' }))).toEqual([0]);
    expect(places(flip({ at: 'last', bytes: 2 }))).toEqual([16_382, 16_383]);
    expect(places(flip({ at: 100, bytes: 3 }))).toEqual([100, 101, 102]);
    expect(places(flip({}))).toHaveLength(1);
  });

  test('a flood stands back while the socket takes nothing', () => {
    const rules = [
      { when: { on: 'ready' }, do: { type: 'send', message: { type: 'have', piece: 'each' }, times: 10_000_000 } },
    ] as const;
    const probe = new Probe({ rules }).open();
    probe.isClogged = true;
    probe.ready();
    const before = probe.sentLength;
    expect(before).toBeLessThan(1_200_000);
    expect(probe.wait(1_000).sentLength).toBe(before);
    probe.feed({ type: 'bytes-drained' });
    expect(probe.sentLength).toBeGreaterThan(before + 900_000);
    expect(probe.sentLength).toBeLessThan(before + 1_200_000);
  });

  test('what cannot be addressed is not sent, however often', () => {
    const pex = { type: 'send', message: { type: 'pex', fields: {} }, times: 2_000_000_000 } as const;
    const probe = new Probe({ rules: [{ when: { on: 'ready' }, do: pex }] }).ready('0000000000000000');
    expect(probe.hear(have(0)).taken()).toBe('');
  });

  test('whatever 32-bit number is wanted stands on the wire', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }), (piece) => {
        const rules = [
          { when: { on: 'receive', message: 'have-all' }, do: { type: 'send', message: { type: 'have', piece } } },
        ] as const;
        expect(new Probe({ rules }).ready().hear(HAVE_ALL).taken()).toBe(`0000000504${u32(piece)}`);
      }),
    );
  });
});
