// `npm run docs:limits`: writes docs/LIMITS.md from the doc comments of the limits.ts files.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limitsPage } from './tidy/limits.js';
import { readTree } from './tidy/tree.js';
import { workspacesOf } from './tidy/workspace.js';

const root = join(import.meta.dirname, '..');
writeFileSync(join(root, 'docs', 'LIMITS.md'), limitsPage(workspacesOf(readTree(root))));
