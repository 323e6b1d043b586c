import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../measured.js';
import { aria2 } from '../programs/aria2.js';
import { libtorrentPython } from '../programs/libtorrent.js';
import { missingFromPath } from '../programs/on-path.js';
import type { Command } from '../programs/program.js';
import { COMMAND } from '../programs/unchoke.js';
import type { Figure, Result } from '../table.js';
import type { Bench, Case } from './case.js';
import { COLUMNS, figuresOf } from './figures.js';
import { inTurns, type Turn } from './rounds.js';

const CHECK = `
import libtorrent, sys, time
session = libtorrent.session({"listen_interfaces": "", "enable_dht": False, "enable_lsd": False, "alert_mask": 0, "hashing_threads": 2, "aio_threads": 4, "checking_mem_usage": 2048})
parameters = libtorrent.add_torrent_params()
parameters.ti = libtorrent.torrent_info(sys.argv[1])
parameters.save_path = sys.argv[2]
parameters.flags &= ~libtorrent.torrent_flags.auto_managed & ~libtorrent.torrent_flags.paused
handle = session.add_torrent(parameters)
while not handle.status().is_seeding:
    time.sleep(0.005)
`;
const MAKE = `
import libtorrent, sys
storage = libtorrent.file_storage()
libtorrent.add_files(storage, sys.argv[1])
made = libtorrent.create_torrent(storage, 262144, libtorrent.create_torrent.v1_only)
libtorrent.set_piece_hashes(made, sys.argv[2])
open(sys.argv[3], "wb").write(libtorrent.bencode(made.generate()))
`;

/** What is bound by hashing: data that is there is checked, and a torrent is made. */
export const HASHING: readonly Case[] = [
  { name: 'recheck', run: recheck },
  { name: 'create', run: create },
];

async function recheck(bench: Bench): Promise<Result> {
  const content = await bench.arena.content('large-256', [bench.largeBytes], 2 ** 18);
  const { folder, torrent } = content;
  const remarks = ['transmission, rtorrent and webtorrent have no command that checks and ends.'];
  const commands: (readonly [string, () => Command])[] = [
    ['unchoke verify', () => ({ file: process.execPath, args: [COMMAND, 'verify', torrent, folder] })],
  ];
  if (libtorrentPython === undefined) remarks.push('libtorrent is not installed.');
  else commands.push(['libtorrent', () => ({ file: libtorrentPython!, args: ['-c', CHECK, torrent, folder] })]);
  const noAria2 = aria2.missing();
  const quiet = ['--no-conf', '--quiet', '--hash-check-only=true', '--check-integrity=true', `--dir=${folder}`];
  if (noAria2 !== undefined) remarks.push(noAria2);
  else commands.push(['aria2', () => ({ file: 'aria2c', args: [...quiet, torrent] })]);
  const rows = await inTurns(turnsOf(bench, commands, content.bytes), bench.rounds, remarks);
  bench.arena.drop(content);
  return {
    title: `Recheck of what is there, 256 KiB pieces, ${bench.largeBytes / 2 ** 20} MiB`,
    columns: COLUMNS,
    rows,
    remarks,
  };
}

async function create(bench: Bench): Promise<Result> {
  const content = await bench.arena.content('large-256', [bench.largeBytes], 2 ** 18);
  const path = join(content.folder, content.name);
  const remarks: string[] = [];
  const out = () => join(bench.arena.nextFolder('made'), 'made.torrent');
  const size = ['--piece-length', '262144'];
  const commands: (readonly [string, () => Command])[] = [
    ['unchoke create', () => ({ file: process.execPath, args: [COMMAND, 'create', path, '-o', out(), ...size] })],
  ];
  if (libtorrentPython === undefined) remarks.push('libtorrent is not installed.');
  else
    commands.push(['libtorrent', () => ({ file: libtorrentPython!, args: ['-c', MAKE, path, content.folder, out()] })]);
  for (const [name, debianPackage, args] of [
    ['mktorrent', 'mktorrent', () => ['-l', '18', '-a', 'http://192.0.2.1/a', '-o', out(), path]],
    ['transmission-create', 'transmission-cli', () => ['-s', '256', '-o', out(), path]],
  ] as const) {
    const missing = missingFromPath(name, debianPackage);
    if (missing !== undefined) remarks.push(missing);
    else commands.push([name, () => ({ file: name, args: args() })]);
  }
  const rows = await inTurns(turnsOf(bench, commands, content.bytes), bench.rounds, remarks);
  bench.arena.drop(content);
  return {
    title: `Making a torrent, 256 KiB pieces, ${bench.largeBytes / 2 ** 20} MiB`,
    columns: COLUMNS,
    rows,
    remarks,
  };
}

function turnsOf(
  bench: Bench,
  commands: readonly (readonly [string, () => Command])[],
  bytes: number,
): readonly Turn[] {
  return commands.map(([name, command]) => ({
    name,
    take: async (): Promise<readonly Figure[] | string> => {
      const home = bench.arena.nextFolder('hashing');
      const watch = { runner: bench.runner, home, mark: undefined, timeoutS: 120, report: join(home, 'report.json') };
      const usage = await run(command(), watch);
      rmSync(home, { recursive: true, force: true });
      if (usage === undefined) return 'did not end well';
      return figuresOf(usage, bytes);
    },
  }));
}
