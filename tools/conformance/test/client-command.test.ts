import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandSubject } from '../src/client/command-subject.js';
import { presetSubject } from '../src/client/presets.js';
import { startProcess } from '../src/client/process.js';
import { findProgram } from '../src/client/program.js';

test('a path is one from here, a name stands on the PATH', () => {
  const here = process.cwd();
  process.chdir(join(process.execPath, '..'));
  try {
    expect(findProgram('./node')).toBe(process.execPath);
    expect(findProgram('node')).toBe('node');
  } finally {
    process.chdir(here);
  }
});

test('a program that is not there ends the run before its first case', () => {
  expect(() => commandSubject({ run: 'no-such-program {torrent}' })).toThrow('is not on the PATH');
  expect(() => commandSubject({ run: './no-such-program {torrent}' })).toThrow('is no program');
  expect(() => presetSubject('aria2c', '/no/such/aria2c')).toThrow('is no program');
});

test('a program that goes away between two cases could not be started', async () => {
  await expect(startProcess({ argv: ['./gone'], cwd: '.' })).rejects.toMatchObject({
    verdict: { type: 'not-started' },
  });
});
