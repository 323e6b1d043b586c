import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createTorrent } from '@unchoke/metainfo/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noise } from './scratch.js';
import { jsonLines, Workbench } from './unchoke-process.js';

// What the log file says, of runs whose data is there already.

const bench = new Workbench();
const torrent = bench.path('data.torrent');
const CLOSED = 'http://127.0.0.1:1';

beforeAll(async () => {
  mkdirSync(bench.path('seed'));
  writeFileSync(bench.path('seed', 'data.bin'), noise(400_000, 3));
  writeFileSync(torrent, (await createTorrent(bench.path('seed', 'data.bin'))).bytes);
});

afterAll(() => bench.close());

const done = ['download', torrent, '-o', bench.path('seed'), '--bind', '127.0.0.1', '-q'];
const linesOf = (log: string) =>
  readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe.concurrent('--log', { timeout: 300_000 }, () => {
  test('has a line of JSON for everything that happened, behind those of earlier runs', async () => {
    const log = bench.path('events.log');
    const run = () => bench.run([...done, '--no-trackers', '--log', log]);
    expect(await run()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const first = linesOf(log);
    expect(first.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['torrent-added', 'torrent-stopped', 'torrent-removed']),
    );
    for (const line of first) {
      expect(line).toMatchObject({ torrent: 'data.bin', infoHash: expect.stringMatching(/^[0-9a-f]{40}$/) });
      expect(Math.abs(line.time - Date.now())).toBeLessThan(86_400_000);
    }
    expect((await run()).exitCode).toBe(0);
    expect(linesOf(log).slice(0, first.length)).toEqual(first);
    expect(linesOf(log).map(({ msg }) => msg)).toEqual([...first, ...first].map(({ msg }) => msg));
  });

  test('comes from the environment, too, warns of a tracker that fails, and keeps passkeys to itself', async () => {
    const log = bench.path('tracker.log');
    const seeding = ['seed', torrent, bench.path('seed'), '--bind', '127.0.0.1', '-q', '--seed-time', '1s'];
    const { exitCode } = await bench.run(
      [...seeding, '--tracker', `${CLOSED}/5ec2e7f00d5ec2e7f00d5ec2e7f00d12/announce`],
      {
        UNCHOKE_LOG: log,
      },
    );
    expect(exitCode).toBe(0);
    const reports = linesOf(log).filter(({ msg }) => msg === 'tracker-reported');
    expect(reports).toContainEqual(expect.objectContaining({ level: 40, problem: expect.any(String) }));
    expect(readFileSync(log, 'utf8')).not.toContain('5ec2e7f00d');
  });

  test('that cannot be written ends the command before it begins, in a sentence', async () => {
    const log = bench.path('nowhere', 'events.log');
    const { exitCode, stdout, stderr } = await bench.run([...done, '--no-trackers', '--json', '--log', log]);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('events.log')]);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ type: 'summary', exitCode: 3 });
  });

  test.runIf(existsSync('/dev/full'))('on a full disk ends with a warning, and the run goes on', async () => {
    const loud = done.filter((word) => word !== '-q');
    const { exitCode, stdout, stderr } = await bench.run([...loud, '--no-trackers', '--log', '/dev/full']);
    expect([exitCode, stdout]).toEqual([0, 'data.bin: complete and verified\n']);
    expect(stderr).toContain('warning: the log ends here: ');
  });
});
