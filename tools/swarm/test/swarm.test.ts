import { DEFAULT_PLAN, drawSwarm, formatSummary, Swarm, summarise } from '@unchoke/swarm';
import { expect, test } from 'vitest';
import { fitted } from '../src/view.js';

test('a swarm with troublemakers completes, names them, and passes its own check', async () => {
  const swarm = await Swarm.start({ ...DEFAULT_PLAN, contentBytes: 4 * 2 ** 20, seeds: 2, leeches: 2 });
  try {
    while (!swarm.isComplete) await new Promise((resolve) => setTimeout(resolve, 20));
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
  const swarm = await Swarm.start({ ...DEFAULT_PLAN, contentBytes: 2 ** 20, seeds: 1, leeches: 1, troublemakers: 0 });
  try {
    while (!swarm.isComplete) await new Promise((resolve) => setTimeout(resolve, 20));
    const leech = swarm.leeches[0]!;
    const { writeFileSync, readFileSync } = await import('node:fs');
    const path = `${leech.folder}/${leech.torrent.metainfo.name}`;
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
