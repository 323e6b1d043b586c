import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A text file of the repository; `path` is relative to the root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const GENERATED_FOLDERS = new Set(['.git', '.report', '.turbo', 'dist', 'node_modules']);
const TEXT = /(\.(ts|mts|mjs|js|json|md|yml|yaml|sh|svg|py)|^\.ci\/run|^\.[a-z]+|LICENSE)$/;

/** Everything people wrote (and the lock file). Walks folders, so it works in a tarball without git, too. */
export function readTree(root: string): readonly SourceFile[] {
  return pathsBelow(root, '')
    .filter((path) => TEXT.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** TypeScript and JavaScript, without data and prose. */
export function isCode(path: string): boolean {
  return /\.(ts|mts|mjs|js)$/.test(path);
}

/** 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

function pathsBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return GENERATED_FOLDERS.has(entry.name) ? [] : pathsBelow(root, path);
    return entry.isFile() ? [path] : [];
  });
}
