import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Arena, Content, Host } from './arena.js';
import { run, Served, type Usage } from './measured.js';
import type { Command, Program, Role } from './programs/program.js';

/** Who gives what to whom. */
export interface Transfer {
  readonly content: Content;
  readonly seeds: readonly Program[];
  readonly leeches: readonly Program[];
  readonly timeoutS: number;
}

/**
 * What it took, from the start of the leeches' processes until the last of them had everything, verified; of several on a side, the
 * sum of their processor time and the largest memory.
 */
export interface Outcome {
  readonly leech: Usage;
  readonly seed: Usage;
}

/** Runs a transfer; a sentence when it did not come about. */
export async function transfer(
  arena: Arena,
  runner: string,
  { content, seeds, leeches, timeoutS }: Transfer,
): Promise<Outcome | string> {
  arena.tracker.clear();
  const folders: string[] = [];
  const prepare = (program: Program, role: Role, data: string) => {
    const host = arena.nextHost(role === 'leech');
    const place = { ...host, home: arena.nextFolder(program.name.replaceAll(/\W+/g, '-')), data };
    folders.push(place.home);
    // A seed keeps its state between runs, so that it need not check its data each time.
    const home = role === 'seed' ? join(arena.folder, `home-${program.name}-${place.port}`) : place.home;
    mkdirSync(home, { recursive: true });
    const mark = join(place.home, 'done');
    const command = program.command(role, { ...place, home, torrent: content.torrent, mark });
    return { ...place, mark, command: among(host, command) };
  };
  const given = seeds.map((program) => prepare(program, 'seed', content.folder));
  const serving = given.map(({ command, home }) => new Served(command, home));
  try {
    const isReady = await Promise.race([
      arena.tracker.seedsCame(given.map(({ port }) => port)).then(() => true),
      new Promise<boolean>((resolve) => setTimeout(resolve, 30_000, false)),
    ]);
    if (!isReady) return 'the seed did not come';
    for (const seed of serving) seed.begin();
    const taken = leeches.map((program) => {
      const data = arena.nextFolder('data');
      folders.push(data);
      return { program, ...prepare(program, 'leech', data) };
    });
    const usages = await Promise.all(
      taken.map(({ program, command, home, mark }) =>
        run(command, {
          runner,
          home,
          timeoutS,
          report: join(home, 'report.json'),
          mark: program.isDoneBy === 'mark' ? mark : undefined,
        }),
      ),
    );
    const served = await Promise.all(serving.map((seed) => seed.end()));
    if (usages.some((usage) => usage === undefined)) return `not done within ${timeoutS} s`;
    for (const { data } of taken) if (!isSame(content, data)) return 'the data differs';
    const leech = sum(usages as readonly Usage[]);
    return { leech, seed: sum(served.map((usage) => ({ ...usage, elapsedS: leech.elapsedS }))) };
  } finally {
    await Promise.all(serving.map((seed) => seed.end()));
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

function among({ namespace }: Host, { file, args }: Command): Command {
  return namespace === undefined ? { file, args } : { file: 'ip', args: ['netns', 'exec', namespace, file, ...args] };
}

function sum(usages: readonly Usage[]): Usage {
  return {
    elapsedS: Math.max(...usages.map(({ elapsedS }) => elapsedS)),
    cpuS: usages.reduce((total, { cpuS }) => total + cpuS, 0),
    peakBytes: Math.max(...usages.map(({ peakBytes }) => peakBytes)),
    ownBytes: Math.max(...usages.map(({ ownBytes }) => ownBytes)),
  };
}

function isSame({ folder, name }: Content, data: string): boolean {
  return spawnSync('diff', ['-rq', join(folder, name), join(data, name)], { stdio: 'ignore' }).status === 0;
}
