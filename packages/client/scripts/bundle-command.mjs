// Part of the client's build, and of packing it: the `unchoke` command in a few files instead of two hundred, each of which Node
// would find, read and link before the first byte can come. See docs/decisions/2026-11-21-command-in-few-files.md.
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const packages = fileURLToPath(new URL('../../', import.meta.url));
// As deep as the sources, so that both find the manifest at the same place.
const folder = `${packages}client/dist/node/bundle`;
const { outputFiles } = await build({
  // The threads look for their code beside what starts them.
  entryPoints: {
    unchoke: `${packages}client/src/node/command/cli.ts`,
    thread: `${packages}pieces/src/node/thread.ts`,
    'hash-worker': `${packages}metainfo/src/node/hash-worker.ts`,
  },
  outdir: folder,
  write: false,
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
// Two checks may pack the client at the same time: at no moment may a file be missing, or half there.
mkdirSync(folder, { recursive: true });
for (const { path, contents } of outputFiles) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, contents);
  renameSync(own, path);
}
const current = new Set(outputFiles.map(({ path }) => basename(path)));
for (const name of readdirSync(folder))
  if (/\.js(\.map)?$/.test(name) && !current.has(name)) rmSync(`${folder}/${name}`, { force: true });
// A new file is not executable, and npm says so only of what it links: who builds this package alone would lose the command.
chmodSync(`${folder}/unchoke.js`, 0o755);
