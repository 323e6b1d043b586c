import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.js';
import { placeholders } from './command-subject.js';
import { libtorrentScript } from './libtorrent-script.js';
import { startProcess } from './process.js';
import { findProgram } from './program.js';
import type { ClientSubject, ClientTraits, Job } from './subject.js';
import { webtorrentScript } from './webtorrent-script.js';
import { fillIn, splitCommand } from './words.js';

/** How a known client is started so that it keeps to loopback and to the peers of the case. */
interface Preset {
  /** The program on the PATH; `--program` replaces it. */
  readonly program: string;
  /** Arguments that make it print its version. */
  readonly version: readonly string[];
  readonly traits: ClientTraits;
  /** What follows the program, with placeholders. */
  readonly argv: (job: Job) => string;
  readonly env?: Readonly<Record<string, string>>;
  readonly endSignal?: 'SIGINT';
  /** Files below {state}, with placeholders. */
  readonly files?: (job: Job) => Readonly<Record<string, string>>;
}

const EVERYTHING: ClientTraits = { seeds: true, takesMagnets: true, dialsLoopback: true, listens: true, exits: true };

const ARIA2 =
  '--no-conf --enable-dht=false --enable-dht6=false --bt-enable-lpd=false --summary-interval=0 --file-allocation=none' +
  ' --listen-port={port} --dir={out} --allow-overwrite=true --auto-file-renaming=false';

/** Transmission never dials loopback, whoever names it; peers have to come to it. */
const TRANSMISSION: ClientTraits = { ...EVERYTHING, takesMagnets: false, dialsLoopback: false, exits: false };

function transmissionSettings({ out, port, state }: Job): string {
  const off = ['dht', 'lpd', 'utp', 'port-forwarding', 'rpc'].map((name) => [`${name}-enabled`, false]);
  return JSON.stringify({
    ...Object.fromEntries(off),
    ...{ 'peer-port': port, 'bind-address-ipv4': '127.0.0.1', 'download-dir': out, 'rename-partial-files': true },
    ...{ 'watch-dir-enabled': true, 'watch-dir': join(state, 'watch'), encryption: 1 },
  });
}

const QBITTORRENT = [
  ...['[LegalNotice]', 'Accepted=true', '[BitTorrent]', 'Session\\DHTEnabled=false', 'Session\\LSDEnabled=false'],
  ...['Session\\Port={port}', 'Session\\DefaultSavePath={out}', 'Session\\TempPathEnabled=false'],
  ...['Session\\Interface=lo', 'Session\\InterfaceName=lo', 'Session\\InterfaceAddress=127.0.0.1'],
  ...['[Preferences]', 'WebUI\\Enabled=false', 'Connection\\UPnP=false', ''],
].join('\n');

const PRESETS: Readonly<Record<string, Preset>> = {
  unchoke: {
    program: 'unchoke',
    version: ['--version'],
    traits: EVERYTHING,
    argv: ({ mode }) =>
      mode === 'seed'
        ? 'seed {torrent} {out} --port {port} --bind 127.0.0.1'
        : `download ${mode === 'magnet' ? '{magnet}' : '{torrent}'} -o {out} --port {port} --bind 127.0.0.1`,
    env: { XDG_STATE_HOME: '{state}' },
  },
  aria2c: {
    program: 'aria2c',
    version: ['--version'],
    // It seeds on, as it does by default: with --seed-time=0 it ends before it has told the tracker.
    traits: { ...EVERYTHING, exits: false },
    // On SIGTERM it leaves without a word, which is documented.
    endSignal: 'SIGINT',
    argv: ({ mode }) =>
      `${ARIA2} --seed-ratio=0 ${mode === 'seed' ? '--check-integrity=true ' : ''}${mode === 'magnet' ? '{magnet}' : '{torrent}'}`,
  },
  'transmission-daemon': {
    program: 'transmission-daemon',
    version: ['--version'],
    traits: TRANSMISSION,
    argv: () => '--foreground --config-dir {state}',
    files: (job) => ({ 'settings.json': transmissionSettings(job), 'watch/': '' }),
  },
  'transmission-cli': {
    program: 'transmission-cli',
    version: ['--version'],
    traits: TRANSMISSION,
    // SIGTERM ends it without a word to the tracker.
    endSignal: 'SIGINT',
    argv: () => '--config-dir {state} --download-dir {out} --port {port} --no-portmap --finish /bin/true {torrent}',
    files: (job) => ({ 'settings.json': transmissionSettings(job) }),
  },
  libtorrent: {
    program: '/usr/bin/python3',
    version: ['-c', 'import libtorrent; print(libtorrent.__version__)'],
    traits: { ...EVERYTHING, exits: false },
    argv: ({ mode }) =>
      `{state}/client.py ${mode === 'magnet' ? '{magnet}' : '{torrent}'} {out} {port} ${mode} {state}`,
    files: () => ({ 'client.py': libtorrentScript }),
  },
  rtorrent: {
    program: 'rtorrent',
    version: ['-h'],
    // A magnet link it only follows to peers that it dials itself.
    traits: { ...EVERYTHING, takesMagnets: false, exits: false },
    argv: () => '-n -o import={state}/rc {torrent}',
    files: () => ({
      rc: [
        ...['system.daemon.set=true', 'network.bind_address.set=127.0.0.1', 'directory.default.set="{out}"'],
        ...['network.port_range.set={port}-{port}', 'network.port_random.set=no', 'session.path.set="{state}/session"'],
        ...[
          'dht.mode.set=disable',
          'protocol.pex.set=yes',
          'pieces.hash.on_completion.set=no',
          'trackers.use_udp.set=yes',
        ],
      ].join('\n'),
      'session/': '',
    }),
  },
  'qbittorrent-nox': {
    program: 'qbittorrent-nox',
    version: ['--version'],
    traits: { ...EVERYTHING, exits: false },
    argv: ({ mode }) => `--profile={state} --webui-port={second-port} ${mode === 'magnet' ? '{magnet}' : '{torrent}'}`,
    env: { HOME: '{state}', QT_QPA_PLATFORM: 'offscreen' },
    files: () => ({ 'qBittorrent/config/qBittorrent.conf': QBITTORRENT }),
  },
  webtorrent: {
    program: 'node',
    version: ['-p', "require('./node_modules/webtorrent/package.json').version"],
    traits: { ...EVERYTHING, exits: false },
    argv: ({ mode }) => `{state}/client.mjs ${mode === 'magnet' ? '{magnet}' : '{torrent}'} {out} {port}`,
    env: { NODE_PATH: join(process.cwd(), 'node_modules') },
    files: () => ({ 'client.mjs': webtorrentScript }),
  },
};

export const PRESET_NAMES: readonly string[] = Object.keys(PRESETS);

/** A client by its name; `program` is a command line that stands for it, when it is not on the PATH. */
export function presetSubject(name: string, program?: string): ClientSubject {
  const preset = PRESETS[name];
  if (preset === undefined) throw new UsageError(`--preset ${name}: expected one of ${PRESET_NAMES.join(', ')}`);
  const [word = '', ...rest] = splitCommand(program ?? preset.program);
  const command = [findProgram(word), ...rest];
  return {
    name: `${name}${versionOf(command, preset)}`,
    traits: preset.traits,
    ...(preset.endSignal === undefined ? {} : { endSignal: preset.endSignal }),
    start: async (job) => {
      const values = placeholders(job);
      writeFiles(preset, job, values);
      const env = Object.entries(preset.env ?? {}).map(([key, value]) => [key, filled(value, values)]);
      const argv = [...command, ...fillIn(splitCommand(preset.argv(job)), values)];
      return await startProcess({ argv, cwd: job.state, env: Object.fromEntries(env) });
    },
  };
}

function writeFiles(preset: Preset, job: Job, values: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(preset.files?.(job) ?? {})) {
    const path = join(job.state, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(path, /\.(py|mjs|json)$/.test(name) ? content : filled(content, values));
  }
  // Who watches a folder finds the torrent there, once everything else stands.
  if (preset.files?.(job)['watch/'] !== undefined) {
    copyFileSync(job.torrentPath, join(job.state, 'watch', 'wanted.torrent'));
  }
}

function filled(text: string, values: Readonly<Record<string, string>>): string {
  return fillIn([text], values)[0] ?? '';
}

/** The first number with a dot of what it prints. */
function versionOf([program = '', ...args]: readonly string[], preset: Preset): string {
  const run = spawnSync(program, [...args, ...preset.version], { encoding: 'utf8', timeout: 10_000 });
  const version = /\d+\.\d+(?:[\w.-]*\w)?/.exec(`${run.stdout}${run.stderr}`)?.[0];
  return version === undefined ? '' : ` ${version}`;
}
