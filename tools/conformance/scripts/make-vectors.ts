import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vectorFiles } from './vectors/vector-files.js';

// Writes `vectors/`. The same every time: nothing in it is random, or computed by what it judges.
const folder = join(import.meta.dirname, '..', 'vectors');
for (const { name, text } of vectorFiles()) {
  rmSync(join(folder, name), { force: true });
  writeFileSync(join(folder, name), text);
}
