import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { createProgram } from '../../src/node/command/program.js';
import { Workbench } from './unchoke-process.js';

const bench = new Workbench();
const hasBash = spawnSync('bash', ['--version']).status === 0;
const program = createProgram([]);
const flags = program.commands.flatMap(({ options }) => options.flatMap(({ long }) => long ?? []));
const names = program.commands.map((command) => command.name());

afterAll(() => bench.close());

/** What bash would offer for the last of these words. */
function completed(script: string, ...words: readonly string[]): readonly string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const ask = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _unchoke; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', ask], { cwd: bench.folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((line) => line !== '');
}

describe.concurrent('completions', { timeout: 300_000 }, () => {
  // There is no bash everywhere, on Windows for one.
  test.skipIf(!hasBash)('bash offers commands, flags, choices and files', async () => {
    const { stdout: script, exitCode } = await bench.run(['completions', 'bash']);
    expect(exitCode).toBe(0);
    expect(completed(script, 'unchoke', 'ver')).toEqual(['verify']);
    expect(completed(script, 'unchoke', 'download', '--max-')).toEqual(['--max-download-rate', '--max-upload-rate']);
    expect(completed(script, 'unchoke', 'a.torrent', '--max-')).toEqual(['--max-download-rate', '--max-upload-rate']);
    expect(completed(script, 'unchoke', 'show', '--le')).toEqual(['--lenient']);
    expect(completed(script, 'unchoke', 'create', '--torrent-version', 'h')).toEqual(['hybrid']);
    expect(completed(script, 'unchoke', 'completions', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(completed(script, 'unchoke', 'seed', '--port', '')).toEqual([]);
  });

  test('zsh takes host:port for a name, not for a command to run', async () => {
    const { stdout } = await bench.run(['completions', 'zsh']);
    expect(stdout).toContain("'1:torrent:_files'");
    expect(stdout).toContain(String.raw`'2:host\:port: '`);
  });

  test.each(['bash', 'zsh', 'fish'])('%s knows every command and every flag', async (shell) => {
    const { stdout: script } = await bench.run(['completions', shell]);
    const hasFlag = (flag: string) => new RegExp(`(?:--|-l )${flag.slice(2)}(?![\\w-])`).test(script);
    const hasName = (name: string) => new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(script);
    expect(flags.filter((flag) => !hasFlag(flag))).toEqual([]);
    expect(names.filter((name) => !hasName(name))).toEqual([]);
  });
});
