import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encode, read } from '@unchoke/bencode';
import { listenForPeers, type PeerListener } from '@unchoke/wire/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { has, libtorrentPython } from '../src/programs.js';

// The scripts in the README of @unchoke/wire, as they stand there, against seeds of three other programs.

const HOST = '127.0.0.1';
const PACKAGE = fileURLToPath(new URL('../../../packages/wire/', import.meta.url));
const PIECE_LENGTH = 65_536;
/** So many pieces that the metadata has two parts. */
const PIECE_COUNT = 1_001;
const CONTENT = Buffer.alloc((PIECE_COUNT - 1) * PIECE_LENGTH + 5_000, 'some content that is not all the same, ');

const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest();

let folder = '';
let torrentPath = '';
let infoHash = '';
let metadataLength = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unchoke-wire-'));
  torrentPath = join(folder, 'content.torrent');
  const hashes: Buffer[] = [];
  for (let at = 0; at < CONTENT.length; at += PIECE_LENGTH) hashes.push(sha1(CONTENT.subarray(at, at + PIECE_LENGTH)));
  const info = {
    length: CONTENT.length,
    name: 'content.bin',
    'piece length': PIECE_LENGTH,
    pieces: Buffer.concat(hashes),
  };
  const torrent = encode({ info });
  const { raw } = read(torrent).get('info');
  infoHash = sha1(raw).toString('hex');
  metadataLength = raw.length;
  await writeFile(torrentPath, torrent);
  await writeFile(join(folder, 'content.bin'), CONTENT);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!has('transmission-daemon'))('transmission seeds', () => {
  scripts(/Transmission/, async (port) => {
    const home = join(folder, 'transmission');
    await mkdir(join(home, 'watch'), { recursive: true });
    const settings = {
      ...{ 'dht-enabled': false, 'lpd-enabled': false, 'utp-enabled': false, 'port-forwarding-enabled': false },
      ...{ 'rpc-enabled': false, 'peer-port': port, 'bind-address-ipv4': HOST, 'download-dir': folder },
      ...{ 'watch-dir-enabled': true, 'watch-dir': join(home, 'watch') },
    };
    await writeFile(join(home, 'settings.json'), JSON.stringify(settings));
    await writeFile(join(home, 'watch', 'content.torrent'), await readFile(torrentPath));
    return spawn('transmission-daemon', ['--foreground', '--config-dir', home], { stdio: 'ignore' });
  });
});

describe.skipIf(!has('aria2c'))('aria2 seeds', () => {
  scripts(/aria2/, async (port) => {
    const switches = [
      '--enable-dht=false',
      '--bt-enable-lpd=false',
      '--seed-ratio=0',
      '--check-integrity=true',
      '--no-conf',
    ];
    const args = [...switches, '--quiet', `--listen-port=${port}`, `--dir=${folder}`, torrentPath];
    return spawn('aria2c', args, { stdio: 'ignore' });
  });
});

const python = libtorrentPython();
describe.skipIf(python === undefined)('libtorrent seeds', () => {
  scripts(/libtorrent/, async (port) => {
    const script = join(folder, 'seed.py');
    await writeFile(script, LIBTORRENT_SEED);
    return spawn(python!, [script, torrentPath, folder, String(port)], { stdio: 'ignore' });
  });
});

describe.skipIf(python === undefined)('libtorrent leeches', () => {
  test('everything, from a seed made of a listener and a loop', async () => {
    const bits = new Uint8Array(Math.ceil(PIECE_COUNT / 8)).fill(0xff);
    bits[bits.length - 1] = 0xff << (8 * bits.length - PIECE_COUNT);
    const served = {
      torrent: { totalLength: CONTENT.length, pieceLength: PIECE_LENGTH },
      have: bits,
      offers: { fast: false },
    };
    const listener = await listenForPeers({ torrents: (asked) => ({ infoHash: asked, ...served }) });
    const script = join(folder, 'leech.py');
    const target = join(folder, 'leech');
    await mkdir(target);
    await writeFile(script, LIBTORRENT_LEECH);
    const leech = spawn(python!, [script, torrentPath, target, String(listener.port)], { stdio: 'ignore' });
    const finished = new Promise((resolve) => leech.once('exit', resolve));
    const serving = serve(listener);
    expect(await finished).toBe(0);
    await listener.close();
    await serving;
    expect(Buffer.compare(await readFile(join(target, 'content.bin')), CONTENT)).toBe(0);
  });

  async function serve(listener: PeerListener): Promise<void> {
    for await (const peer of listener) {
      for await (const event of peer) {
        if (event.type === 'interested') peer.send({ type: 'unchoke' });
        if (event.type !== 'request') continue;
        const start = event.piece * PIECE_LENGTH + event.begin;
        const block = CONTENT.subarray(start, start + event.length);
        if (!peer.send({ type: 'piece', piece: event.piece, begin: event.begin, block })) await peer.drained();
      }
    }
  }
});

/** Starts a seed and runs the three scripts of the README against it. */
function scripts(name: RegExp, start: (port: number) => Promise<ChildProcess>): void {
  let seed: ChildProcess;
  let port = 0;

  beforeAll(async () => {
    port = await freePort();
    seed = await start(port);
    // The port opens before the content is checked, and until then the seed has nothing or does not know the torrent.
    await eventually(() => isListening(port));
    await eventually(async () => /everything|bitfield f{250}/.test(await run('bitfield', infoHash)));
  });

  afterAll(async () => {
    if (seed.exitCode !== null || seed.signalCode !== null) return;
    await new Promise((resolve) => {
      seed.once('exit', resolve);
      seed.kill('SIGKILL');
    });
  });

  test('handshake and bitfield', async () => {
    const output = await run('bitfield', infoHash);
    expect(output).toMatch(name);
    expect(output).toMatch(/extended: true/);
    expect(output).toMatch(/everything|bitfield f{250}80/);
  });

  test('metadata, verified', async () => {
    expect(await run('metadata', infoHash)).toBe(`metadata ${metadataLength} bytes, verified\n`);
  });

  test('a piece, verified', async () => {
    expect(await run('piece', torrentPath)).toBe('piece 0 verified\n');
  });

  /** A seed that has not noticed yet that the last script is gone closes at once: one connection an address. */
  async function run(script: string, argument: string): Promise<string> {
    let text = '';
    await eventually(async () => {
      text = await runScript(script, [HOST, String(port), argument]);
      return !text.includes("code: 'closed-by-peer'");
    });
    return text;
  }
}

/** Runs a script of the README from the folder of the package. */
async function runScript(name: string, args: readonly string[]): Promise<string> {
  const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
  const block = new RegExp(`\`tsx ${name}\\.ts [^\`]*\`\\n\\n\`\`\`ts no-run\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (block === undefined) throw new Error(`the README has no script ${name}.ts`);
  const file = join(PACKAGE, '.report', `readme-${name}-${process.pid}.mts`);
  await mkdir(join(PACKAGE, '.report'), { recursive: true });
  await writeFile(file, block);
  try {
    return await output(process.execPath, ['--conditions=@unchoke/source', '--import', 'tsx', file, ...args]);
  } finally {
    await rm(file, { force: true });
  }
}

function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: PACKAGE, timeout: 30_000 });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.stderr.on('data', (chunk) => {
      text += chunk;
    });
    child.once('close', () => resolve(text));
  });
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 200));
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const LIBTORRENT_SEED = `
import sys, time
import libtorrent as lt
torrent, folder, port = sys.argv[1], sys.argv[2], sys.argv[3]
session = lt.session({
    'listen_interfaces': '127.0.0.1:' + port, 'enable_dht': False, 'enable_lsd': False,
    'enable_upnp': False, 'enable_natpmp': False, 'enable_incoming_utp': False, 'enable_outgoing_utp': False,
})
params = lt.add_torrent_params()
params.ti = lt.torrent_info(torrent)
params.save_path = folder
session.add_torrent(params)
time.sleep(600)
`;

const LIBTORRENT_LEECH = `
import sys, time
import libtorrent as lt
torrent, folder, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
session = lt.session({
    'listen_interfaces': '127.0.0.1:0', 'enable_dht': False, 'enable_lsd': False,
    'enable_upnp': False, 'enable_natpmp': False, 'enable_incoming_utp': False, 'enable_outgoing_utp': False,
})
params = lt.add_torrent_params()
params.ti = lt.torrent_info(torrent)
params.save_path = folder
handle = session.add_torrent(params)
handle.connect_peer(('127.0.0.1', port))
deadline = time.time() + 90
while not handle.status().is_seeding:
    if time.time() > deadline: sys.exit(1)
    time.sleep(0.1)
session.pause()
time.sleep(1)
`;
