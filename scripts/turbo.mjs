// turbo, told what it does not find out by itself. `node scripts/turbo.mjs run build` is `turbo run build`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');

/**
 * @param {readonly string[]} args
 * @returns {number} the exit code
 */
export function turbo(args) {
  const { status, error } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', 'turbo', 'bin', 'turbo'), ...args],
    {
      cwd: root,
      stdio: 'inherit',
      // Results of one Node version say nothing about another: turbo.json counts this name into every hash.
      env: { ...process.env, UNCHOKE_NODE: process.version, TURBO_TELEMETRY_DISABLED: '1' },
    },
  );
  if (error !== undefined) console.error(`turbo did not start (${error.message}); run npm ci first`);
  return status ?? 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = turbo(process.argv.slice(2));
