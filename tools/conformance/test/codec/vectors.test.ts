import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { vectorFiles } from '../../scripts/vectors/vector-files.js';
import { expandInput, inputLength } from '../../src/codec/input.js';
import { loadVectors } from '../../src/codec/vector-set.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'vectors');
const vectors = loadVectors();

describe('vectors/', () => {
  test.each(vectorFiles())('$name is what `npm run vectors` writes', ({ name, text }) => {
    expect(readFileSync(join(FOLDER, name), 'utf8')).toBe(text);
  });

  test('holds nothing else', () => {
    const data = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
    expect(data.toSorted()).toEqual([...vectorFiles().map(({ name }) => name), 'schema.json'].toSorted());
  });

  test('inputs are hexadecimal, in the notation that is explained', () => {
    for (const { id, input } of vectors) {
      expect(input, id).toMatch(/^([0-9a-f]{2}|\/|\(([0-9a-f]{2})+\)\{\d+\})*$/);
      const length = inputLength(input);
      if (length < 10_000) expect(expandInput(input).replaceAll('/', ''), id).toHaveLength(2 * length);
    }
  });

  test('an input is expanded as it is explained', () => {
    expect(expandInput('64(aabb){2}/65')).toBe('64aabbaabb/65');
    expect(expandInput('(39){3}3a')).toBe('3939393a');
  });

  test('the README explains every operation, and no other', () => {
    const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8');
    const told = new Set([...readme.matchAll(/^\| `([a-z0-9-]+) [^`]*` \|/gm)].map(([, name]) => name!));
    expect([...told].toSorted()).toEqual([...new Set(vectors.map(({ operation }) => operation))].toSorted());
  });
});
