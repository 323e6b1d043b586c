import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { guard } from './guard.js';
import { Hosts } from './hosts.js';
import { installNpmPrograms } from './npm-programs.js';
import { installDebianPrograms } from './programs.js';

// The whole suite: what meets one program on loopback, and what shows best between hosts, on hosts of their own where this
// machine allows it. Further arguments go to vitest: npm run interop -- mixed

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const BETWEEN_HOSTS = 'test/hosts/**';
/** Who understands whom does not depend on the distance. */
const FAR_APART = ['test/hosts/downloads', 'test/hosts/mixed'];
const OPTIONS = ['--install', '--loopback', '--hosts'];
const asked = new Set(process.argv.slice(2).filter((argument) => OPTIONS.includes(argument)));
const forVitest = process.argv.slice(2).filter((argument) => !OPTIONS.includes(argument));

if (asked.has('--install')) installDebianPrograms();
installNpmPrograms();

const guarded = guard();
const hosts = asked.has('--loopback') ? undefined : Hosts.make();
process.on('exit', () => hosts?.remove());
let isGreen = true;
if (!asked.has('--hosts')) isGreen = run('on loopback', hosts === undefined ? [] : ['--exclude', BETWEEN_HOSTS]);
if (hosts !== undefined) {
  isGreen = runBetween('between hosts') && isGreen;
  if (await hosts.disturb(20, 1)) isGreen = runBetween('between hosts, 20 ms away, losing 1 %', FAR_APART) && isGreen;
  hosts.remove();
}
process.exitCode = isGreen ? 0 : 1;

function runBetween(where: string, files: readonly string[] = []): boolean {
  const inside = ['ip', 'netns', 'exec', hosts!.list[0]!.namespace!];
  return run(where, forVitest.length > 0 ? [] : files, inside, { UNCHOKE_INTEROP_HOSTS: JSON.stringify(hosts!.list) });
}

function run(
  where: string,
  options: readonly string[],
  prefix: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): boolean {
  console.log(`\n── ${where} ──`);
  // A file that was asked for may have no tests in this place.
  const more = forVitest.length > 0 ? ['--passWithNoTests', ...forVitest] : [];
  const vitest = ['npx', 'vitest', 'run', '--config', 'vitest.config.ts', ...options, ...more];
  const [command, ...args] = [...guarded, ...prefix, ...vitest];
  const { status } = spawnSync(command!, args, { cwd: FOLDER, stdio: 'inherit', env: { ...process.env, ...env } });
  return status === 0;
}
