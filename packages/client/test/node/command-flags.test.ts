import { mkdirSync, writeFileSync } from 'node:fs';
import { createTorrent } from '@unchoke/metainfo/node';
import type { Command, Option } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from '../../src/node/command/program.js';
import { ModelTerminal } from './model-terminal.js';
import { noise } from './scratch.js';
import { jsonLines, Workbench } from './unchoke-process.js';

// Every flag is read, from the command line and from the environment; what flags do to the output.

const bench = new Workbench();
const torrent = bench.path('data.torrent');
const program = createProgram([]);

beforeAll(async () => {
  mkdirSync(bench.path('seed'));
  writeFileSync(bench.path('seed', 'data.bin'), noise(400_000, 3));
  writeFileSync(torrent, (await createTorrent(bench.path('seed', 'data.bin'))).bytes);
});

afterAll(() => bench.close());

/** A value for each flag that takes one, and what the command has to make of it. A flag of more than one command has the same. */
const VALUES: Readonly<Record<string, readonly [text: string, read: unknown]>> = {
  '--add-tracker': ['udp://a:1 udp://b:2', ['udp://a:1', 'udp://b:2']],
  '--bind': ['127.0.0.2', '127.0.0.2'],
  '--comment': ['two words', 'two words'],
  '--created-by': ['me', 'me'],
  '--event': ['paused', 'paused'],
  '--ignore': ['*.part *.tmp', ['*.part', '*.tmp']],
  '--left': ['3G', 3 * 2 ** 30],
  '--log': [bench.path('events.log'), bench.path('events.log')],
  '--max-download-rate': ['2M', 2 * 2 ** 20],
  '--max-upload-rate': ['1.5KiB/s', 1536],
  '--name': ['name', 'name'],
  '--numwant': ['7', 7],
  '--out': ['some/where', 'some/where'],
  '--peer': [
    '192.0.2.7:1 [2001:db8::1]:2',
    [
      { host: '192.0.2.7', port: 1 },
      { host: '2001:db8::1', port: 2 },
    ],
  ],
  '--piece-length': ['256K', 262_144],
  '--port': ['7001', 7001],
  '--progress': ['plain', 'plain'],
  '--progress-interval': ['1m30s', 90_000],
  '--remove-tracker': ['udp://a:1', ['udp://a:1']],
  '--seed-ratio': ['1.5', 1.5],
  '--seed-time': ['1h', 3_600_000],
  '--select': [
    '1-3,7',
    [
      [1, 3],
      [7, 7],
    ],
  ],
  '--select-re': ['a.*b$', 'a.*b$'],
  '--source': ['XYZ', 'XYZ'],
  '--stall-timeout': ['45', 45_000],
  '--state-dir': ['state', 'state'],
  '--threads': ['2', 2],
  '--timeout': ['2d', 172_800_000],
  '--torrent-version': ['v2', 'v2'],
  '--tracker': ['http://a/announce udp://b:1', ['http://a/announce', 'udp://b:1']],
  '--web-seed': ['http://a/x', ['http://a/x']],
};

/** Flags that cannot be said together with the others, because one undoes another. */
const ALONE = ['--no-comment', '--no-created-by', '--no-source', '--public'];

const isSwitch = (option: Option) => !option.required && !option.optional;
const wordsFor = (option: Option) => (isSwitch(option) ? [option.long!] : [option.long!, VALUES[option.long!]![0]]);

/** What the command understood; it ends right afterwards, because there is no such torrent. */
async function understood(command: Command, args: readonly string[], env: Readonly<Record<string, string>>) {
  const operands = command.registeredArguments.map(() => bench.path('nowhere'));
  const { stdout } = await bench.run([command.name(), ...operands, '--json', '-vv', ...args], env);
  return jsonLines(stdout).find(({ type }) => type === 'options')?.['options'] as Readonly<Record<string, unknown>>;
}

// A quiet command says nothing, also not what it understood; --json and -v are how it is asked.
const OWN = new Set(['--quiet', '--json', '--verbose', ...ALONE]);
const commands = program.commands.filter((command) => command.name() !== 'completions');

describe.concurrent('every flag', { timeout: 300_000 }, () => {
  test.each(commands.map((command) => [command.name(), command] as const))(
    'of %s, said and in the environment',
    async (_, command) => {
      const options = command.options.filter(({ long }) => !OWN.has(long!));
      const args = options.flatMap(wordsFor);
      const env = Object.fromEntries(
        options.map((option) => [option.envVar!, isSwitch(option) ? '1' : VALUES[option.long!]![0]]),
      );
      const [said, set] = await Promise.all([understood(command, args, {}), understood(command, [], env)]);
      for (const option of options) {
        const read = isSwitch(option) ? !option.negate : VALUES[option.long!]![1];
        const name = option.attributeName();
        expect([option.long, said[name]]).toEqual([option.long, read]);
        expect([option.envVar, set[name]]).toEqual([option.envVar, read]);
      }
    },
  );

  test.each(ALONE.map((long) => [long]))('%s, which stands alone', async (long) => {
    const edit = program.commands.find((command) => command.name() === 'edit')!;
    const option = edit.options.find((each) => each.long === long)!;
    const name = long === '--public' ? 'private' : option.attributeName();
    const [said, set] = await Promise.all([
      understood(edit, [long], {}),
      understood(edit, [], { [option.envVar!]: 'yes' }),
    ]);
    expect([said[name], set[name]]).toEqual([false, false]);
  });

  test('has its variable by one rule', () => {
    const scoped = ['create', 'edit', 'magnet', 'announce'];
    for (const command of program.commands) {
      for (const { long, envVar } of command.options) {
        const plain = `UNCHOKE_${long!.slice(2).toUpperCase().replaceAll('-', '_')}`;
        const own = plain.replace('UNCHOKE_', `UNCHOKE_${command.name().toUpperCase()}_`);
        expect(scoped.includes(command.name()) ? [plain, own] : [plain]).toContain(envVar);
      }
    }
    const variable = (name: string, long: string) =>
      program.commands.find((command) => command.name() === name)!.options.find((option) => option.long === long)!
        .envVar;
    expect(variable('download', '--tracker')).toBe('UNCHOKE_TRACKER');
    expect(variable('create', '--tracker')).toBe('UNCHOKE_CREATE_TRACKER');
  });

  test('on the command line wins, and an empty or switched-off variable counts as none', async () => {
    const download = program.commands.find((command) => command.name() === 'download')!;
    const env = {
      UNCHOKE_PORT: '1',
      UNCHOKE_OUT: '',
      UNCHOKE_SEQUENTIAL: '0',
      UNCHOKE_LENIENT: 'no',
      UNCHOKE_NO_TRACKERS: 'false',
    };
    const options = await understood(download, ['--port', '2'], env);
    expect(options).toMatchObject({ port: 2, out: '.', trackers: true, verbose: 2 });
    expect(options).not.toHaveProperty('sequential');
    expect(options).not.toHaveProperty('lenient');
  });
});

describe.concurrent('output', { timeout: 300_000 }, () => {
  const done = ['download', torrent, '-o', bench.path('seed'), '--no-trackers', '--bind', '127.0.0.1'];
  const wait = [
    'download',
    torrent,
    '-o',
    bench.path('out'),
    '--no-trackers',
    '--bind',
    '127.0.0.1',
    '--stall-timeout',
    '0.5',
  ];

  test('is silent with -q, also from the environment', async () => {
    const [flag, variable] = await Promise.all([
      bench.run([...done, '-q']),
      bench.run(done, { UNCHOKE_QUIET: 'true' }),
    ]);
    expect(flag).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(variable).toEqual(flag);
  });

  test('is JSON when the environment says so, and says as much as UNCHOKE_VERBOSE asks for', async () => {
    const { stdout, stderr } = await bench.run(done, { UNCHOKE_JSON: '1', UNCHOKE_VERBOSE: '2' });
    const types = jsonLines(stdout).map(({ type }) => type);
    expect([stderr, types[0], types.at(-1)]).toEqual(['', 'options', 'summary']);
    expect(types).toEqual(expect.arrayContaining(['listening', 'torrent', 'progress', 'torrent-stopped']));
  });

  test('is plain lines where nobody watches', async () => {
    const { stdout, stderr } = await bench.run(done);
    expect(stdout).toBe('data.bin: complete and verified\n');
    expect(stderr).toMatch(/^data\.bin: 390\.6 KiB in 25 pieces, listening on port \d+\n$/);
  });

  test('has progress as JSON on stderr when only that was asked for', async () => {
    const { stdout, stderr } = await bench.run([...wait, '--progress', 'json', '--progress-interval', '50ms']);
    const why = 'no peers, and no tracker to ask for them';
    expect(stdout).toContain('unfinished, 0 of 25 pieces');
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ type: 'progress', version: 1, why, etaS: null });
  });

  test('has no progress at all with none', async () => {
    const [text, json] = await Promise.all([
      bench.run([...done, '--progress', 'none']),
      bench.run([...done, '--progress', 'none', '--json']),
    ]);
    expect(text).toEqual({ exitCode: 0, stdout: 'data.bin: complete and verified\n', stderr: '' });
    expect(jsonLines(json.stdout).map(({ type }) => type)).toEqual(['torrent', 'summary']);
  });

  test('is a live view in the columns there are, and gives the cursor back', async () => {
    const { stdout, stderr } = await bench.run([...wait, '--progress', 'bar', '-v'], { COLUMNS: '30' });
    expect(stdout).toContain('unfinished');
    const terminal = new ModelTerminal(30);
    terminal.write(stderr.replace(/[^\n]*unchoke: .*/s, ''));
    expect(terminal.isCursorVisible).toBe(true);
    expect(terminal.lines.filter((line) => !/^\d\d:/.test(line)).slice(0, 6)).toEqual([
      'data.bin',
      '  0.0%  0 B of 390.6 KiB',
      '·························',
      '↓ 0 B/s  ↑ 0 B/s  0 peers',
      'no peers, and no tracker to',
      'ask for them',
    ]);
    expect(stderr).not.toContain('\u001b[33m');
  });

  test('has colours only where they are wanted', async () => {
    const info = ['info', torrent];
    const runs = await Promise.all([
      bench.run(info),
      bench.run(info, { FORCE_COLOR: '1' }),
      bench.run([...info, '--no-color'], { FORCE_COLOR: '1' }),
      bench.run(info, { FORCE_COLOR: '1', NO_COLOR: '1' }),
    ]);
    expect(runs.map(({ stdout }) => stdout.includes('\u001b['))).toEqual([false, true, false, false]);
  });
});

describe.concurrent('help', { timeout: 300_000 }, () => {
  test('explains every command, with examples', async () => {
    const names = program.commands.map((command) => command.name());
    const pages = await Promise.all(names.map((name) => bench.run([name, '--help'])));
    for (const [index, { exitCode, stdout, stderr }] of pages.entries()) {
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/\nExamples?:\n {2}/);
      for (const { long, description } of program.commands[index]!.options) {
        expect(stdout).toContain(long);
        expect(description.length).toBeGreaterThan(5);
      }
    }
  });

  test('of all, the version, and nothing at all', async () => {
    const [help, version, nothing] = await Promise.all([
      bench.run(['--help']),
      bench.run(['--version']),
      bench.run([]),
    ]);
    expect(help).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringContaining('unchoke linux.torrent -o downloads'),
    });
    expect(version).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+.*\n$/) });
    expect(nothing).toMatchObject({ exitCode: 28, stdout: '', stderr: help.stdout });
  });
});
