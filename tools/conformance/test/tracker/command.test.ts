import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMockTracker } from '@unchoke/mock-tracker';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { trackerAt } from '../../src/tracker/command.js';
import { KnownTorrents } from '../../src/tracker/known-torrents.js';
import { StartedTracker } from '../../src/tracker/tracker-process.js';

describe('--url', () => {
  test('an HTTP address stands for both protocols', () => {
    const there = { host: '127.0.0.1', port: 6969, path: '/key/announce?x=1' };
    expect(trackerAt(['http://127.0.0.1:6969/key/announce?x=1'])).toMatchObject({ http: there, udp: there });
  });

  test('UDP may be elsewhere, or alone', () => {
    const http = { host: '::1', port: 80, path: '/announce' };
    const udp = { host: '127.0.0.1', port: 7000, path: '/announce' };
    expect(trackerAt(['http://[::1]/announce', 'udp://127.0.0.1:7000'])).toMatchObject({ http, udp });
    expect(trackerAt(['udp://127.0.0.1:7000'])).not.toHaveProperty('http');
  });

  test.each([[[]], [['ftp://127.0.0.1/']], [['127.0.0.1:6969']]])('%j is no address', (urls) => {
    expect(() => trackerAt(urls)).toThrow(UsageError);
  });
});

describe('--run', () => {
  test('what does not listen is left out', async () => {
    const tracker = await startMockTracker();
    const there = { host: '127.0.0.1', port: tracker.port, path: '/announce' };
    // A port with TCP only.
    const server = createServer((socket) => socket.destroy());
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const found = await StartedTracker.start(undefined, { name: 'x', http: { ...there, port }, udp: there });
    expect(Object.keys(found.reachable)).toEqual(['name', 'http', 'udp']);
    const half = await StartedTracker.start(undefined, { name: 'x', http: there, udp: { ...there, port } });
    expect(Object.keys(half.reachable)).toEqual(['name', 'http']);
    server.close();
    await tracker.close();
  });

  test('nothing is started where somebody listens already', async () => {
    const tracker = await startMockTracker();
    const there = { host: '127.0.0.1', port: tracker.port, path: '/announce' };
    await expect(StartedTracker.start('sleep 60', { name: 'x', http: there })).rejects.toThrow('already');
    await tracker.close();
  });

  test('a command that ends is no tracker', async () => {
    const there = { host: '127.0.0.1', port: 1, path: '/announce' };
    await expect(StartedTracker.start('exit 3', { name: 'x', http: there })).rejects.toThrow('ended');
    await expect(StartedTracker.start(undefined, { name: 'x', http: there })).rejects.toThrow('nobody answers');
  });
});

test('--torrents takes a whitelist, and says what is wrong with it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unchoke-conformance-'));
  const path = join(folder, 'list');
  writeFileSync(path, `${'ab'.repeat(20)}\n${'CD'.repeat(20)}\n`);
  const known = KnownTorrents.read(path);
  expect([known.take(), known.take(), known.take()]).toEqual(['\xab'.repeat(20), '\xcd'.repeat(20), undefined]);
  expect(known.has('\xab'.repeat(20))).toBe(true);
  writeFileSync(path, `${'ab'.repeat(20)}\nhello\n`);
  expect(() => KnownTorrents.read(path)).toThrow('line 2');
  expect(() => KnownTorrents.read(join(folder, 'none'))).toThrow(UsageError);
  rmSync(folder, { recursive: true });
});
