import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { addUp, sentence, testedFolders } from './totals.mjs';

const root = mkdtempSync(join(tmpdir(), 'unchoke-totals-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

function report(passed: number, failed: number, pending = 0, success = failed === 0): unknown {
  return {
    numTotalTests: passed + failed + pending,
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: 0,
    success,
  };
}

describe('totals', () => {
  it('asks every workspace with a test script, and the house itself', () => {
    write('packages/a/package.json', { scripts: { test: 'vitest' } });
    write('tools/b/package.json', { scripts: { interop: 'vitest' } });
    write('tools/c/package.json', { scripts: { test: 'vitest' } });
    expect(testedFolders(root)).toEqual(['packages/a', 'tools/c', 'scripts']);
  });

  it('adds up, and mentions skipped tests when there are any', () => {
    write('a/.report/test.json', report(3, 0));
    write('b/.report/test.json', report(4, 1, 2));
    const totals = { passed: 3, failed: 0, skipped: 0 };
    expect(addUp(root, ['a'])).toEqual({ totals, rows: [{ folder: 'a', ...totals }], problems: [] });
    expect(sentence(addUp(root, ['a']).totals)).toBe('3 passed, 0 failed');
    expect(sentence(addUp(root, ['a', 'b']).totals)).toBe('7 passed, 1 failed, 2 skipped');
  });

  it.each([
    ['no report', undefined, 'did not run to the end'],
    ['half a report', '{"numTotalTests":', 'not a report'],
    ['another file', '{}', 'not a report'],
    ['no tests', report(0, 0), 'no tests'],
    ['a file that broke while it was loaded', report(2, 0, 0, false), 'before its tests'],
  ])('takes %s for a failure', (_, content, problem) => {
    if (content !== undefined) write('a/.report/test.json', content);
    expect(addUp(root, ['a']).problems.join()).toContain(problem);
  });
});
