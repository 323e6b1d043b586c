import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Hosts } from './hosts.js';
import { installNpmPrograms } from './npm-programs.js';
import { installDebianPrograms } from './programs.js';

// The whole suite: first everything on loopback, then, where this machine allows it, what only shows between hosts.

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);

if (process.argv.includes('--install')) installDebianPrograms();
installNpmPrograms();

let failures = 0;
if (only === undefined || only === 'loopback') failures += run('on loopback', [], {});
if (only === undefined || only === 'hosts') failures += runBetweenHosts();
process.exitCode = failures === 0 ? 0 : 1;

function runBetweenHosts(): number {
  const hosts = Hosts.make();
  if (hosts === undefined) return 0;
  process.on('exit', () => hosts.remove());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
  const inside = ['ip', 'netns', 'exec', hosts.list[0]!.namespace!];
  const env = { UNCHOKE_INTEROP_HOSTS: JSON.stringify(hosts.list) };
  let failed = run('between hosts', inside, env);
  if (hosts.disturb(20, 1)) failed += run('between hosts, 20 ms away, losing 1 %', inside, env);
  return failed;
}

function run(where: string, prefix: readonly string[], env: NodeJS.ProcessEnv): number {
  console.log(`\n── ${where} ──`);
  const between = env['UNCHOKE_INTEROP_HOSTS'] !== undefined;
  const files = filters.length > 0 ? filters : between ? ['hosts/'] : [];
  const vitest = ['npx', 'vitest', 'run', '--config', 'vitest.config.ts', ...files];
  const [command, ...args] = [...prefix, ...vitest];
  const { status } = spawnSync(command!, args, { cwd: FOLDER, stdio: 'inherit', env: { ...process.env, ...env } });
  return status === 0 ? 0 : 1;
}
