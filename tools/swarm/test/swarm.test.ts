import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { drawSwarm, formatSummary, parseScenario, planOf, Swarm, summarise } from '@unchoke/swarm';
import { expect, test } from 'vitest';
import { Recording } from '../src/recording.js';
import { recordingPage } from '../src/recording-page.js';
import { fitted } from '../src/view.js';

const MIB = 2 ** 20;
const SCENARIOS = new URL('../scenarios/', import.meta.url);

test('a swarm with troublemakers completes, names them, and passes its own check', async () => {
  const swarm = await Swarm.start(planOf({ contentBytes: 4 * MIB, seeds: 2, leeches: 2, seedRate: 0 }));
  try {
    await swarm.ended;
    expect(drawSwarm(swarm).join('\n')).toMatch(/leech 1 .*100%/);
    const summary = await summarise(swarm);
    expect(summary.problems).toEqual([]);
    expect(summary.leeches.map(({ name }) => name)).toEqual(['leech 1', 'leech 2']);
    expect(formatSummary(summary)).toContain('compared byte for byte');
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

test('a line is cut to the terminal, and its colours stay whole', () => {
  const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
  expect(fitted(`${red('leech 1')} 100% done`, 10)).toBe(`${red('leech 1')} 10`);
  expect(fitted(red('leech 1'), 3)).toBe(red('lee'));
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
