import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseMetainfo } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import type { Content } from '../arena.js';
import { note } from '../measured.js';
import { libtorrent, libtorrentPython } from '../programs/libtorrent.js';
import type { Command } from '../programs/program.js';
import type { Figure, Result } from '../table.js';
import type { Bench, Case } from './case.js';
import { inTurns } from './rounds.js';

const CLIENT = new URL('../../packages/client/dist/node/index.js', import.meta.url).href;
const CROWD = fileURLToPath(new URL('../peers/crowd.mjs', import.meta.url));
const QUIET_MS = 10_000;
/** Until memory has come to rest after a start. */
const SETTLED_MS = 3_000;
const TICKS_PER_S = 100;
/** Until a program listens, or answers a handshake. */
const PATIENCE_MS = 30_000;

/** What it costs to have many, of which none does anything. */
export const CROWDS: readonly Case[] = [
  { name: 'torrents', run: torrents },
  { name: 'idle-peers', run: idlePeers },
];

async function torrents(bench: Bench): Promise<Result> {
  const contents: Content[] = [];
  for (let index = 0; index < 100; index++)
    contents.push(await bench.arena.content(`of-100-${index}`, [2 ** 20], 2 ** 18));
  const remarks: string[] = [];
  const rows = await inTurns(
    commandsOf(bench, contents).map(({ name, start }) => ({
      name,
      take: async () => {
        const one = await start(contents.slice(0, 1));
        await after(SETTLED_MS);
        const alone = one.kilobytes();
        await one.end();
        const startMs = performance.now();
        const all = await start(contents);
        const readyS = (performance.now() - startMs) / 1000;
        await after(SETTLED_MS);
        const before = all.cpuS();
        await after(QUIET_MS);
        const cpuMs = ((all.cpuS() - before) * 1e6) / QUIET_MS;
        const figures: readonly Figure[] = [
          { value: name === 'libtorrent' ? undefined : readyS, unit: 's' },
          { value: eachOf(99, all.kilobytes() - alone), unit: 'kB' },
          { value: cpuMs, unit: 'ms' },
        ];
        await all.end();
        return figures;
      },
    })),
    Math.min(3, bench.rounds),
    remarks,
  );
  for (const content of contents) bench.arena.drop(content);
  const columns = ['time until all listen, checked', 'memory of each', 'processor time a second, of all'];
  return { title: '100 torrents of 1 MiB seeded at once, nobody asking', columns, rows, remarks };
}

async function idlePeers(bench: Bench): Promise<Result> {
  const contents: Content[] = [];
  for (let index = 0; index < 4; index++) contents.push(await bench.arena.content(`idle-${index}`, [2 ** 20], 2 ** 18));
  const remarks: string[] = [];
  const rows = await inTurns(
    commandsOf(bench, contents).map(({ name, start }) => ({
      name,
      take: async () => {
        // One that nobody calls, at the same age: within one process the heap shrinks by more than so few connections take.
        const lonely = await start(contents);
        await after(2 * SETTLED_MS + QUIET_MS);
        const alone = lonely.kilobytes();
        await lonely.end();
        const program = await start(contents);
        const sockets: Socket[] = [];
        try {
          return await heldBy(program, contents, sockets, alone);
        } finally {
          for (const socket of sockets) socket.destroy();
          await program.end();
        }
      },
    })),
    Math.min(3, bench.rounds),
    remarks,
  );
  for (const content of contents) bench.arena.drop(content);
  const columns = ['connections held', 'memory of each', 'processor time a second, of all'];
  return { title: '200 peers on four torrents that say nothing after the handshake', columns, rows, remarks };
}

/** What fifty silent peers on each torrent cost; each socket is in the list as soon as it is open. */
async function heldBy(
  program: Started,
  contents: readonly Content[],
  sockets: Socket[],
  alone: number,
): Promise<readonly Figure[]> {
  await after(SETTLED_MS);
  for (const [index, content] of contents.entries()) {
    for (let count = 0; count < 50; count++)
      sockets.push(await greet(program.address, program.port, content, index * 50 + count));
  }
  await after(SETTLED_MS);
  const count = sockets.filter(({ destroyed }) => !destroyed).length;
  const before = program.cpuS();
  await after(QUIET_MS);
  const cpuMs = ((program.cpuS() - before) * 1e6) / QUIET_MS;
  const each = eachOf(count, program.kilobytes() - alone);
  return [
    { value: count, unit: '' },
    { value: each, unit: 'kB' },
    { value: cpuMs, unit: 'ms' },
  ];
}

/** Less than two runs differ by cannot be told. */
function eachOf(count: number, kilobytes: number): number | undefined {
  return kilobytes > 0 ? kilobytes / count : undefined;
}

interface Started {
  readonly address: string;
  readonly port: number;
  readonly kilobytes: () => number;
  readonly cpuS: () => number;
  readonly end: () => Promise<void>;
}

function commandsOf(
  { arena }: Bench,
  contents: readonly Content[],
): readonly { readonly name: string; readonly start: (contents: readonly Content[]) => Promise<Started> }[] {
  const { folder } = contents[0]!;
  const started = async (
    isReadyByWord: boolean,
    command: (list: string, address: string, port: number) => Command,
    some: readonly Content[],
  ) => {
    const { address, port } = arena.nextHost();
    const { file, args } = command(some.map(({ torrent }) => torrent).join(','), address, port);
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] ?? '', HOME: folder },
    });
    note(child);
    if (isReadyByWord) await once(child.stdout, 'data', { signal: AbortSignal.timeout(PATIENCE_MS) });
    else await after(3_000);
    return looked(child, address, port);
  };
  const ours = (some: readonly Content[]) =>
    started(
      true,
      (list, address, port) => ({ file: process.execPath, args: [CROWD, CLIENT, list, folder, address, String(port)] }),
      some,
    );
  const theirs = (some: readonly Content[]) =>
    started(
      false,
      (list, address, port) =>
        libtorrent.command('seed', { torrent: list, data: folder, address, port, home: folder, mark: '' }),
      some,
    );
  return [
    { name: 'unchoke', start: ours },
    ...(libtorrentPython === undefined ? [] : [{ name: 'libtorrent', start: theirs }]),
  ];
}

function looked(child: ChildProcess, address: string, port: number): Started {
  const read = (name: string) => readFileSync(`/proc/${child.pid}/${name}`, 'utf8');
  return {
    address,
    port,
    kilobytes: () => Number(/^RssAnon:\s+(\d+)/m.exec(read('status'))?.[1] ?? 0),
    cpuS: () => {
      const stat = read('stat');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
    },
    end: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A handshake, and a bitfield that says nothing is there: then silence. */
async function greet(host: string, port: number, content: Content, number: number): Promise<Socket> {
  const { infoHash } = parseMetainfo(readFileSync(content.torrent), hashes);
  const socket = connect({ host, port });
  socket.on('error', () => undefined);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  await once(socket, 'connect', { signal });
  const peerId = Buffer.from(`-XX0001-${String(number).padStart(12, '0')}`);
  socket.write(Buffer.concat([Buffer.from('\x13BitTorrent protocol'), Buffer.alloc(8), infoHash!, peerId]));
  // Waiting ends with it, too.
  socket.once('end', () => socket.destroy(new Error(`connection ${number + 1} was closed in place of a handshake`)));
  await once(socket, 'data', { signal });
  socket.resume();
  return socket;
}
