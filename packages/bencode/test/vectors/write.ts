import { writeFileSync } from 'node:fs';
import { vectorFile } from './file.js';

writeFileSync(new URL('bencode.json', import.meta.url), vectorFile());
