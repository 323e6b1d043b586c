// Part of the client's build, and of packing it: the `unchoke` command in a few files instead of two hundred, each of which Node
// would find, read and link before the first byte can come. See docs/decisions/2026-11-21-command-in-few-files.md.
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const packages = fileURLToPath(new URL('../../', import.meta.url));
// As deep as the sources, so that both find the manifest at the same place.
const folder = `${packages}client/dist/node/bundle`;
rmSync(folder, { recursive: true, force: true });
await build({
  // The threads look for their code beside what starts them.
  entryPoints: {
    unchoke: `${packages}client/src/node/command/cli.ts`,
    thread: `${packages}pieces/src/node/thread.ts`,
    'hash-worker': `${packages}metainfo/src/node/hash-worker.ts`,
  },
  outdir: folder,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['@unchoke/source'],
  external: ['commander', 'pino'],
  sourcemap: true,
  sourcesContent: false,
});
// A new file is not executable, and npm says so only of what it links: who builds this package alone would lose the command.
chmodSync(`${folder}/unchoke.js`, 0o755);
