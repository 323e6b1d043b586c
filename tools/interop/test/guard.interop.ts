import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { guard } from '../src/guard.js';
import { until } from '../src/stage.js';

const GUARD = fileURLToPath(new URL('../src/guard.ts', import.meta.url));
/** A program is known by how long it would sleep. */
const SLEEP = `1${process.pid}.25`;

/** Starts, guarded, a program in a session of its own that gives up its privileges, as opentracker does, and waits. */
const RUNNER = `
import { spawnSync } from 'node:child_process';
import { guard } from ${JSON.stringify(GUARD)};
const program = 'setsid setpriv --reuid 65534 --clear-groups sleep ${SLEEP} & wait';
const [command, ...args] = [...guard(), 'sh', '-c', program];
spawnSync(command, args);
`;

test.skipIf(guard().length === 0)('a run that is killed takes the programs along that it started', async () => {
  const node = ['--conditions=@unchoke/source', '--import', 'tsx', '--input-type=module', '-e', RUNNER];
  const runner = spawn(process.execPath, node, { stdio: 'inherit' });
  await until(() => isRunning() || runner.exitCode !== null);
  expect(runner.exitCode).toBeNull();
  runner.kill('SIGKILL');
  await until(() => !isRunning());
});

function isRunning(): boolean {
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && commandOf(name) === `sleep\0${SLEEP}\0`);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
