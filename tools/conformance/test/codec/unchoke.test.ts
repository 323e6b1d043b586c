import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codecCases } from '../../src/codec/cases.js';
import { CodecProcess } from '../../src/codec/codec-process.js';
import { runCases } from '../../src/index.js';

const SHIM = join(import.meta.dirname, '..', '..', 'shims', 'unchoke.mjs');
const COMMAND = `"${process.execPath}" --conditions=@unchoke/source --import tsx "${SHIM}"`;

/** Nobody here needs the order in which peers are kept when there are too many. */
const NOT_OFFERED = /^bep40\//;

test('the packages of Unchoke keep every rule', { timeout: 600_000 }, async () => {
  const codec = await CodecProcess.start(COMMAND, { cwd: import.meta.dirname });
  try {
    const results = await runCases(codecCases, codec, { jobs: 1, seed: 1 });
    const unkept = results.flatMap(({ case: { id }, verdict }) =>
      verdict.type === 'pass' ? [] : [{ id, ...verdict }],
    );
    expect(unkept.filter(({ id }) => !NOT_OFFERED.test(id))).toEqual([]);
    expect(unkept.every(({ type }) => type === 'not-applicable')).toBe(true);
  } finally {
    await codec.close();
  }
});
