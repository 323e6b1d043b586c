import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const SOURCES = new URL('../src/', import.meta.url);

/** Everything that is not the edge (`node/`), the command, or the list of exports. */
const cores = readdirSync(SOURCES).filter((name) => name.endsWith('.ts') && name !== 'cli.ts' && name !== 'index.ts');

test.each(cores)('%s has no clock, chance, socket or file of its own', (name) => {
  const code = readFileSync(new URL(name, SOURCES), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  expect(code).not.toMatch(/from '(node:|\.\/node\/)|from '@unchoke/);
  expect(code).not.toMatch(
    /\b(Date|performance|Math\.random|setTimeout|setInterval|setImmediate|queueMicrotask|Buffer|process|await)\b/,
  );
});

test('no file of the package uses another package of this project', () => {
  const all = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(all.length).toBeGreaterThan(cores.length);
  for (const name of all) {
    const code = readFileSync(new URL(name, SOURCES), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    expect(code, name).not.toContain("from '@unchoke/");
  }
});
