import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { drawSwarm, formatSummary, parseScenario, planOf, Swarm, summarise } from '@unchoke/swarm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guestBehind } from '../src/guest-behind.js';
import { Recording } from '../src/recording.js';
import { recordingPage } from '../src/recording-page.js';
import { fitted, inRows } from '../src/view.js';

const MIB = 2 ** 20;
const SCENARIOS = new URL('../scenarios/', import.meta.url);

test('a swarm with troublemakers completes, names them, and passes its own check', async () => {
  const swarm = await Swarm.start(planOf({ contentBytes: 4 * MIB, seeds: 2, leeches: 2, seedRate: 0 }));
  try {
    await swarm.ended;
    const terminal = { columns: 80, rows: 23 };
    const drawn = drawSwarm(swarm, terminal).map((line) => stripVTControlCharacters(line));
    expect(drawn.join('\n')).toMatch(/leech 1 .*100% .*\n +.*from /);
    for (const line of drawn) expect(line.length).toBeLessThanOrEqual(terminal.columns);
    const summary = await summarise(swarm);
    expect(summary.problems).toEqual([]);
    expect(summary.leeches.map(({ name }) => name)).toEqual(['leech 1', 'leech 2']);
    expect(formatSummary(summary)).toContain('compared byte for byte');
    expect(summary.uploads.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(formatSummary(summary)).toMatch(/^seed 2 .* MiB +\d+%$/m);
    for (const { by, text } of summary.bans)
      expect(`${by} ${text}`).toMatch(/^leech \d (banned corrupts 1|banned violates 1)/);
  } finally {
    await swarm.close();
  }
});

test('a leech with a wrong byte on disk is found', async () => {
  const swarm = await Swarm.start(planOf({ contentBytes: MIB, seeds: 1, leeches: 1, troublemakers: 0, seedRate: 0 }));
  try {
    await swarm.ended;
    expect(swarm.nameOf(Buffer.from('-TR3000-abcdefghijkl'))).toBe('somebody');
    const leech = swarm.leeches[0]!;
    const path = `${leech.folder}/${swarm.metainfo.name}`;
    const bytes = readFileSync(path);
    bytes[500_000]! ^= 1;
    writeFileSync(path, bytes);
    expect((await summarise(swarm)).problems).toEqual(['leech 1 has a wrong byte at 500000']);
  } finally {
    await swarm.close();
  }
});

test('who is a program of other people is known by how its peer id begins, as long as there is one of it', () => {
  const peerId = Buffer.from('-TR3000-abcdefghijkl');
  const [one, other] = ['transmission', 'transmission 2'].map((name) => ({ name, peerIdPrefix: '-TR' }));
  const stranger = { name: 'aria2', peerIdPrefix: 'A2-' };
  expect(guestBehind(peerId, [stranger])).toBeUndefined();
  expect(guestBehind(peerId, [stranger, one!])).toBe(one);
  expect(guestBehind(peerId, [stranger, one!, other!])).toBeUndefined();
});

test('what cuts a swarm short is a problem of its own', async () => {
  const swarm = await Swarm.start(planOf({ contentBytes: MIB, seeds: 0, leeches: 1, troublemakers: 0, timeoutMs: 1 }));
  try {
    await swarm.ended;
    expect((await summarise(swarm)).problems[0]).toBe('the time was up after 0.001 s');
  } finally {
    await swarm.close();
  }
});

test('the more there is to give, and the slower, the longer is waited', () => {
  expect(planOf({}).timeoutMs).toBe(120_000);
  expect(planOf({ contentBytes: 1200 * MIB }).timeoutMs).toBe(800_000);
});

test('whatever the terminal and the swarm, no more lines are drawn than it has', () => {
  const count = fc.integer({ min: 0, max: 60 });
  fc.assert(
    fc.property(
      count,
      count,
      count,
      fc.boolean(),
      fc.integer({ min: 1, max: 90 }),
      (givers, takers, events, hasNotes, rows) => {
        const lines = inRows(
          {
            head: ['what', 'tracker'],
            givers: Array.from({ length: givers }, (_, index) => `giver ${index}`),
            takers: Array.from({ length: takers }, (_, index) => ({
              line: `taker ${index}`,
              notes: hasNotes ? 'waits' : '',
              from: 'from nobody yet',
            })),
            events: Array.from({ length: events }, (_, index) => `event ${index}`),
          },
          rows,
        );
        expect(lines.length).toBeLessThanOrEqual(rows);
        if (rows < 16) return;
        if (events > 0) expect(lines.at(-1)).toBe(`event ${events - 1}`);
        if (takers > 0) expect(lines).toContainEqual(expect.stringMatching(/^taker 0|and \d+ more$/));
        const whole = 2 + givers + 2 * takers + 3;
        if (whole + 8 <= rows) expect(lines.length).toBe(whole + Math.min(events, 8));
      },
    ),
  );
});

test('a line is cut to the terminal, and its colours stay whole', () => {
  const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
  expect(fitted(`${red('leech 1')} 100% done`, 10)).toBe(`${red('leech 1')} 1…`);
  expect(fitted(red('leech 1'), 3)).toBe(red('le…'));
  expect(fitted(red('leech 1'), 7)).toBe(red('leech 1'));
  expect(fitted('short', 80)).toBe('short');
});

/** Each example with less content, so that it can end soon; what goes wrong in it goes wrong here too. */
test.each(readdirSync(SCENARIOS))('the scenario %s ends well', { timeout: 300_000 }, async (file) => {
  const scenario = JSON.parse(readFileSync(new URL(file, SCENARIOS), 'utf8'));
  const swarm = await Swarm.start(parseScenario({ ...scenario, size: '2MiB' }));
  const recording = new Recording(swarm);
  try {
    await swarm.ended;
    const summary = await summarise(swarm);
    expect(summary.problems).toEqual([]);
    expect(summary.leeches.length).toBeGreaterThan(0);
    const recorded = recording.end(file, summary);
    expect(recorded.pieces.length).toBe(summary.leeches.length * swarm.metainfo.pieceCount);
    expect(recordingPage(recorded)).toContain('</html>');
  } finally {
    await swarm.close();
  }
});

test.each([
  [[], 'scenario: expected an object'],
  [{ members: [{ role: 'seed' }] }, 'members: at least one of role leech'],
  [{ members: [{ role: 'lech' }] }, 'members[0].role: expected "seed" or "leech"'],
  [{ members: [{ role: 'leech', count: 0 }] }, 'members[0].count: expected a whole number from 1'],
  [{ members: [{ role: 'leech', speed: 1 }] }, 'members[0]: "speed" is not known here'],
  [{ members: [{ role: 'mock', behaviour: 'nonsense' }] }, 'no behaviour is called "nonsense"'],
  [{ members: [{ role: 'mock', behaviour: { rules: [{}] } }] }, 'members[0].behaviour: '],
  [{ tracker: { rules: [{ do: { nothing: 1 } }] }, members: [{ role: 'leech' }] }, 'tracker: '],
  [{ size: '5 MB', members: [{ role: 'leech' }] }, 'size: expected bytes'],
  [
    {
      members: [
        { role: 'leech', count: 150 },
        { role: 'leech', count: 150 },
      ],
    },
    'members: at most 200',
  ],
])('a scenario that is wrong says where: %j', (scenario, problem) => {
  expect(() => parseScenario(scenario)).toThrow(problem);
});
