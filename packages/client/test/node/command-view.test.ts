import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayWidth, fit, formatBytes, formatSeconds, printable, wrap } from '../../src/node/command/format.js';
import { LiveScreen } from '../../src/node/command/live-screen.js';
import { pieceMap } from '../../src/node/command/piece-map.js';
import { columnsOf, isWatched, paintWith, wantsColour } from '../../src/node/command/terminal.js';
import { type Moment, torrentLine, torrentView } from '../../src/node/command/torrent-view.js';
import { ModelTerminal } from './model-terminal.js';

const anyText = fc.string({ unit: 'binary' });

describe('texts', () => {
  test('bytes and times read as people say them', () => {
    expect([0, 1, 1023, 1024, 1_048_575, 1_048_576, 3.5 * 2 ** 40].map(formatBytes)).toEqual([
      ...['0 B', '1 B', '1023 B', '1.0 KiB', '1.0 MiB', '1.0 MiB', '3.5 TiB'],
    ]);
    expect([0.2, 59, 61, 291, 7260, 200_000, Number.POSITIVE_INFINITY].map(formatSeconds)).toEqual([
      ...['1s', '59s', '1m1s', '4m51s', '2h1m', '2d7h', '–'],
    ]);
  });

  test('nothing that a stranger wrote moves the cursor', () => {
    fc.assert(fc.property(anyText, (text) => !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(printable(text))));
    expect(printable('a\u001b[2J\u0007\u202e\u007fb')).toBe('a␛[2J␇�␡b');
  });

  test('a text is cut to the cells there are', () => {
    fc.assert(
      fc.property(anyText.map(printable), fc.nat(40), (text, width) => {
        const cut = fit(text, width);
        expect(displayWidth(cut)).toBeLessThanOrEqual(width);
        if (displayWidth(text) <= width) expect(cut).toBe(text);
      }),
    );
    expect([displayWidth('日本'), displayWidth('e\u0301'), displayWidth('🎬')]).toEqual([4, 1, 2]);
    expect(fit(paintWith(true)('cyan', 'abcdef'), 4)).toBe('\u001b[36mabc\u001b[39m…');
  });
});

describe('a text of several lines', () => {
  test('has all its words, as long as they fit', () => {
    fc.assert(
      fc.property(
        anyText.map(printable),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 4 }),
        (...args) => {
          const [text, width, lineCountMax] = args;
          const lines = wrap(text, width, lineCountMax);
          expect(lines.length).toBeLessThanOrEqual(lineCountMax);
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
          if (!lines.some((line) => line.endsWith('…'))) expect(lines.join(' ')).toBe(text);
        },
      ),
    );
    expect(wrap('no peers: the tracker http://tracker.example/announce says the request timed out', 20, 3)).toEqual([
      ...['no peers: the', 'tracker', 'http://tracker.exam…'],
    ]);
  });
});

describe('the piece map', () => {
  test('is full where all is there, and empty where nothing is', () => {
    expect(pieceMap(Uint8Array.of(0b1111_0000), 8, 80)).toBe('████····');
    expect(pieceMap(Uint8Array.of(0xff, 0x00, 0x80, 0xc0, 0xfe), 40, 5)).toBe('█·░░▓');
  });

  test('never is wider than told, and tells nothing that is not so', () => {
    const bits = fc.uint8Array({ minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(bits, fc.nat(200), (have, width) => {
        const map = [...pieceMap(have, have.length * 8, width)];
        expect(map).toHaveLength(Math.min(width, have.length * 8));
        if (map.length === 0) return;
        expect(map.every((cell) => cell === '█')).toBe(have.every((byte) => byte === 0xff));
        expect(map.every((cell) => cell === '·')).toBe(have.every((byte) => byte === 0));
      }),
    );
  });
});

describe('the view of a torrent', () => {
  const moment = (changes: Partial<Moment['status']> = {}, leftBytes = 5 * 2 ** 20): Moment => ({
    name: 'a film\u001b[2J.mkv',
    wantedBytes: 20 * 2 ** 20,
    leftBytes,
    status: {
      ...{
        state: 'downloading',
        pieceCount: 16,
        haveCount: 12,
        have: Uint8Array.of(0xff, 0xf0),
        receivedBytes: 15 * 2 ** 20,
      },
      ...{
        sentBytes: 0,
        wastedBytes: 0,
        downloadRate: 2 ** 20,
        uploadRate: 0,
        peers: [],
        trackers: [],
        why: 'all peers choke us',
      },
      ...changes,
    } as Moment['status'],
  });

  test('shows all that matters', () => {
    expect(torrentView(moment(), 80, paintWith(false))).toEqual([
      'a film␛[2J.mkv',
      '▕██████████████████████████████          ▏ 75.0%  15.0 MiB of 20.0 MiB',
      '████████████····',
      '↓ 1.0 MiB/s  ↑ 0 B/s  0 peers  ETA 5s',
      'all peers choke us',
    ]);
    const seeding = moment({ state: 'seeding', why: '', sentBytes: 30 * 2 ** 20, downloadRate: 0 }, 0);
    expect(torrentView(seeding, 80, paintWith(false))).toEqual([
      'a film␛[2J.mkv',
      'seeding 20.0 MiB  ↓ 0 B/s  ↑ 0 B/s  0 peers  ratio 2.00',
    ]);
    expect(torrentLine(moment())).toBe(
      '75.0%  15.0 MiB of 20.0 MiB  ↓ 1.0 MiB/s  ↑ 0 B/s  0 peers  ETA 5s  (all peers choke us)',
    );
  });

  test('is never as wide as the terminal, and says 100 only when it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.boolean(), anyText, (columns, isColoured, why) => {
        const lines = torrentView(moment({ why }, 1), columns, paintWith(isColoured));
        for (const line of lines) expect(displayWidth(line)).toBeLessThan(Math.max(1, columns));
        expect(lines.join()).not.toContain('100.0%');
      }),
    );
  });
});

describe('the live screen', () => {
  type Step = { readonly draw: readonly string[] } | { readonly above: string } | { readonly columns: number };
  const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '日', '█'), maxLength: 60 });
  const steps: fc.Arbitrary<readonly Step[]> = fc.array(
    fc.oneof(
      fc.record({ draw: fc.array(line, { minLength: 1, maxLength: 5 }) }),
      fc.record({ above: line }),
      fc.record({ columns: fc.integer({ min: 8, max: 70 }) }),
    ),
    { maxLength: 30 },
  );

  test('leaves what was said above, and the last view below it, whatever the width becomes', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const terminal = new ModelTerminal(40);
        const screen = new LiveScreen({ write: (text) => terminal.write(text), columns: () => terminal.columns });
        let view: readonly string[] = ['first'];
        const above: string[] = [];
        screen.draw(view);
        for (const step of list) {
          if ('columns' in step) terminal.columns = step.columns;
          else if ('above' in step) {
            above.push(step.above);
            screen.above(step.above);
            continue;
          } else view = step.draw;
          view = view.map((text) => fit(text, terminal.columns - 1));
          screen.draw(view);
        }
        expect(terminal.lines).toEqual([...above, ...view]);
        expect(terminal.isCursorVisible).toBe(false);
        screen.close();
        screen.close();
        expect(terminal.lines).toEqual([...above, ...view, '']);
        expect(terminal.isCursorVisible).toBe(true);
      }),
    );
  });

  test('can be taken away as if it had never been', () => {
    const terminal = new ModelTerminal(20);
    const screen = new LiveScreen({ write: (text) => terminal.write(text), columns: () => terminal.columns });
    screen.clear();
    expect(terminal.lines).toEqual(['']);
    screen.draw(['one', 'two']);
    screen.above('said');
    screen.clear();
    expect([terminal.lines, terminal.isCursorVisible]).toEqual([['said', ''], true]);
  });
});

describe('the terminal', () => {
  const tty = { isTTY: true, columns: 120 };
  test.each([
    [tty, {}, true],
    [tty, { TERM: 'dumb' }, false],
    [tty, { CI: 'true' }, false],
    [tty, { CI: 'false' }, true],
    [{}, {}, false],
  ])('%o with %o is watched: %s', (stream, env, expected) => expect(isWatched(stream, env)).toBe(expected));

  test.each([
    [true, tty, {}, true],
    [false, tty, { FORCE_COLOR: '1' }, false],
    [true, tty, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    [true, tty, { NO_COLOR: '' }, true],
    [true, {}, { FORCE_COLOR: '1' }, true],
    [true, tty, { FORCE_COLOR: '0' }, false],
    [true, {}, {}, false],
  ])('colours, allowed: %s, on %o with %o: %s', (isAllowed, stream, env, expected) =>
    expect(wantsColour(isAllowed, stream, env)).toBe(expected),
  );

  test.each([
    [tty, {}, 120],
    [tty, { COLUMNS: '40' }, 40],
    [tty, { COLUMNS: 'wide' }, 120],
    [{}, {}, 80],
  ])('%o with %o has %s columns', (stream, env, expected) => expect(columnsOf(stream, env)).toBe(expected));
});
