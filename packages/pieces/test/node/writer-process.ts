import { existsSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFileSystem } from '../../src/node/file-system.js';
import { Disk, type FileSystem, openStorage } from '../../src/node/index.js';
import { crashSample, type KillPlan, piecesToFetch, UNWANTED } from './crash-plan.js';
import { isSame, putPiece } from './sample.js';

// A program that downloads, and dies where it is told to. What it says on its output it says before it goes on.

const plan = JSON.parse(process.argv[2]!) as KillPlan;
const sample = crashSample;
const marker = join(plan.folder, 'wants-all');

const disk = new Disk(plan.threads > 0 ? { threads: plan.threads } : { threads: 0, fileSystem: deadly() });
const storage = await openStorage({
  ...sample,
  root: join(plan.folder, 'root'),
  files: sample.files.map((file, index) => (index === UNWANTED ? { ...file, wanted: existsSync(marker) } : file)),
  disk,
  state: { path: join(plan.folder, 'state'), infoHash: sample.infoHash },
  flushIntervalMs: 0,
});
for (const piece of storage.verified) {
  const bytes = await storage.read(piece, 0, sample.geometry.lengthOf(piece));
  const at = sample.geometry.offsetOf(piece);
  if (!isSame(bytes, sample.content.subarray(at, at + bytes.length))) say(`wrong ${piece}`);
}
say(`opened ${storage.resume.outcome} ${[...storage.verified].join(',')}`);

await fetch();
if (!existsSync(marker)) {
  writeFileSync(marker, '');
  await storage.setWanted(UNWANTED, true);
  await fetch();
}
await storage.close();
say('complete');
await disk.close();

/** Takes what is missing, in an order of this run's own, and makes it durable every few pieces. */
async function fetch(): Promise<void> {
  const missing = piecesToFetch(existsSync(marker)).filter((piece) => !storage.verified.has(piece));
  for (const [index, piece] of missing
    .sort((a, b) => ((a * plan.shuffle) % 101) - ((b * plan.shuffle) % 101))
    .entries()) {
    if (!(await putPiece(storage, sample, piece))) say(`rejected ${piece}`);
    say(`verified ${piece}`);
    if (index % 4 !== 3) continue;
    await storage.flush();
    say(`flushed ${[...storage.verified].join(',')}`);
  }
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** The real file system, with the end of the process built in. */
function deadly(): FileSystem {
  let left = plan.afterCalls;
  const guard = (name: string, call: (...args: unknown[]) => unknown) => {
    return (...args: unknown[]) => {
      if (plan.only.length > 0 && !plan.only.includes(name)) return call(...args);
      if (left-- > 0) return call(...args);
      if (plan.moment === 'before') die();
      if (plan.moment === 'within' && name === 'write') {
        const bytes = args[1] as Uint8Array;
        call(args[0], bytes.subarray(0, bytes.length >> 1), args[2]);
        die();
      }
      const result = call(...args);
      if (result instanceof Promise) return result.then(die);
      return die();
    };
  };
  const entries = Object.entries(nodeFileSystem).map(([name, call]) => [name, guard(name, call as never)]);
  return Object.fromEntries(entries) as unknown as FileSystem;
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal may reach another thread of the process first.
  for (;;);
}
