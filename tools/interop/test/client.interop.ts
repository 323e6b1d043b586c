import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isWhole, lengthOf, ODD_FILES } from '../src/content.js';
import { kill, OURS } from '../src/host.js';
import { Stage, until } from '../src/stage.js';
import { aria2 } from '../src/strangers/aria2.js';
import { libtorrent } from '../src/strangers/libtorrent.js';
import { transmission } from '../src/strangers/transmission.js';

// What shows best on loopback; one of them and one of us are in hosts/downloads.interop.ts.

const CLI = fileURLToPath(new URL('../../../packages/client/src/node/command/cli.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

// Transmission dials no loopback address, whoever names it: what it gets, it gets from who dials it.
test.skipIf(!transmission.isInstalled)(
  'our client seeds to transmission, which does not come for it',
  Stage.with(async (stage) => {
    const tracker = await stage.tracker();
    const torrent = await stage.torrent(ODD_FILES, [tracker.announceUrl]);
    const theirs = await stage.start(transmission, torrent, await stage.newFolder());
    // It announces when it has looked at its files, and refuses whoever dials it before that.
    await until(() => tracker.requests.some(({ request }) => request.peerId?.startsWith(transmission.peerIdPrefix)));
    const seed = await stage.ours(torrent, torrent.full);
    await until(() => isWhole(theirs.folder, ODD_FILES));
    expect(seed.status.sentBytes).toBeGreaterThanOrEqual(lengthOf(ODD_FILES));
  }),
);

test.skipIf(!aria2.isInstalled || !libtorrent.isInstalled)(
  'a swarm of ours, aria2 and libtorrent gets it all from one seed',
  Stage.with(async (stage) => {
    const tracker = await stage.tracker();
    const torrent = await stage.torrent(ODD_FILES, [tracker.announceUrl]);
    const complete = () => tracker.swarm(torrent.metainfo.infoHash!)?.complete;
    const seed = await stage.ours(torrent, torrent.full);
    await until(() => complete() === 1);
    const mine = await stage.newFolder();
    await stage.ours(torrent, mine);
    const others = [aria2, libtorrent].map(async (one) => stage.start(one, torrent, await stage.newFolder()));
    const folders = [mine, ...(await Promise.all(others)).map(({ folder }) => folder)];
    for (const folder of folders) await until(() => isWhole(folder, ODD_FILES));
    await until(() => complete() === 4);
    expect(seed.status.receivedBytes).toBe(0);
  }),
);

test.skipIf(!aria2.isInstalled)(
  'killed in the middle, our command goes on from what was verified',
  Stage.with(async (stage) => {
    const { announceUrl } = await stage.tracker();
    const torrent = await stage.torrent(ODD_FILES, [announceUrl]);
    const { address, port } = await stage.seed(aria2, torrent);
    const folder = await stage.newFolder();
    const state = await stage.newFolder();
    const args = ['download', torrent.path, '--out', folder, '--state-dir', join(state, 'state'), '--json'];
    const command = [...args, '--bind', OURS.address, '--no-trackers', '--peer', `${address}:${port}`];

    const first = unchoke(stage, [...command, '--max-download-rate', '1M']);
    let haveCount = 0;
    for await (const line of first.lines) {
      haveCount = Number(line['haveCount'] ?? haveCount);
      if (haveCount > torrent.metainfo.pieceCount / 4) first.program.kill('SIGKILL');
    }
    expect(first.program.signalCode).toBe('SIGKILL');
    expect(haveCount).toBeLessThan(torrent.metainfo.pieceCount);

    let summary: Record<string, unknown> = {};
    for await (const line of unchoke(stage, command).lines) summary = line;
    expect(summary).toMatchObject({ type: 'summary', isComplete: true, exitCode: 0 });
    expect(await isWhole(folder, ODD_FILES)).toBe(true);
    // The last piece, which is shorter, may have been among them.
    const { pieceLength } = torrent.metainfo;
    const kept = haveCount * pieceLength - (pieceLength - (lengthOf(ODD_FILES) % pieceLength));
    const wanted = lengthOf(ODD_FILES) - kept + Number(summary['wastedBytes']);
    expect(summary['receivedBytes']).toBeLessThanOrEqual(wanted);
    expect(summary['receivedBytes']).toBeGreaterThan(0);
  }),
);

/** Our command, as a process of its own that can be killed. */
function unchoke(
  stage: Stage,
  args: readonly string[],
): { readonly program: ChildProcess; readonly lines: AsyncIterable<Record<string, unknown>> } {
  const node = ['--conditions=@unchoke/source', '--import', 'tsx', CLI];
  const program = spawn(process.execPath, [...node, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  stage.after(() => kill(program));
  async function* lines(): AsyncGenerator<Record<string, unknown>> {
    for await (const line of createInterface({ input: program.stdout })) yield JSON.parse(line);
    if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
  }
  return { program, lines: lines() };
}
