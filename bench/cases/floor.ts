import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Content } from '../arena.js';
import { note, run } from '../measured.js';
import type { Figure } from '../table.js';
import type { Bench } from './case.js';
import { figuresOf } from './figures.js';

const PORT = 6_970;

/** Receiving, hashing and writing in one thread, without a protocol: what every client has to do at least. */
export async function takeFloor(bench: Bench, content: Content): Promise<readonly Figure[] | string> {
  const { arena, runner } = bench;
  const floor = arena.compile('floor', '-l:libcrypto.so.3');
  if (floor === undefined) return 'needs a C compiler and libcrypto.so.3';
  const home = arena.nextFolder('floor-home');
  const giver = spawn(floor, ['give', String(PORT), join(content.folder, content.name)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  note(giver);
  await once(giver.stdout, 'data', { signal: AbortSignal.timeout(60_000) });
  const pieceLength = /-(\d+)\.torrent$/.exec(content.torrent)![1]!;
  const args = ['take', String(PORT), join(home, 'data'), pieceLength, content.pieceHashes];
  const usage = await run(
    { file: floor, args },
    { runner, home, mark: undefined, timeoutS: 60, report: join(home, 'report.json') },
  );
  giver.kill('SIGTERM');
  rmSync(home, { recursive: true, force: true });
  if (usage === undefined) return 'did not end well';
  return figuresOf(usage, content.bytes);
}
