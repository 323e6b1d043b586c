import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Vector } from './vector.js';

/** `vectors/manifest.json`. */
interface Manifest {
  readonly files: readonly { readonly file: string }[];
}

/** Beside `src/` and `dist/` alike. */
const FOLDER = join(import.meta.dirname, '..', '..', 'vectors');

/** Every vector, in the order of the manifest. */
export function loadVectors(): readonly Vector[] {
  const { files } = readJson<Manifest>('manifest.json');
  return files.flatMap(({ file }) => readJson<readonly Vector[]>(file));
}

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as T;
}
