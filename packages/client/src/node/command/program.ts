import { existsSync, readFileSync } from 'node:fs';
import { Argument, Command, type Option } from 'commander';
import type { AnnounceCommandOptions } from './announce.js';
import type { Shell } from './completions.js';
import type { CreateCommandOptions } from './create.js';
import type { EditOptions } from './edit.js';
import {
  flag,
  lenientFlag,
  outputFlags,
  peerFlag,
  runFlags,
  selectFlags,
  several,
  textsFlag,
  timeoutFlag,
  trackerFlag,
} from './flags.js';
import type { HandshakeCommandOptions } from './handshake.js';
import type { MagnetOptions } from './magnet.js';
import type { OutputOptions } from './output.js';
import type { ReadOptions } from './read-torrent-file.js';
import type { RunOptions } from './run-options.js';
import type { ScrapeCommandOptions } from './scrape.js';
import { byteCount, portNumber, severalTrackers, severalWebSeeds, timeLimit, wholeNumber } from './values.js';

type ReadingOptions = OutputOptions & ReadOptions;

/** Every command, with its flags and examples. What a command does is loaded when it runs. */
export function createProgram(args: readonly string[]): Command {
  const program = new Command('unchoke')
    .description('BitTorrent, proven layer by layer')
    .usage('<command> …   or   unchoke <torrent | magnet link | URL> [-o folder] …')
    .version(versionOf(), '-V, --version', 'print the version')
    .configureHelp({ optionDescription })
    .helpCommand('help [command]', 'show the help of a command')
    .showSuggestionAfterError()
    .showHelpAfterError('(--help shows what can be said)')
    .exitOverride()
    .addHelpText('after', HELP_AFTER);
  for (const command of [
    download(),
    seed(),
    create(),
    info(),
    verify(),
    magnet(),
    edit(),
    announce(),
    scrape(),
    handshake(),
  ]) {
    program.addCommand(outputFlags(command).exitOverride().copyInheritedSettings(program), {
      // A bare word is a command with a slip in it rather than a torrent.
      isDefault: command.name() === 'download' && isSource(args[0]),
    });
  }
  program.addCommand(completionsCommand(program).exitOverride().copyInheritedSettings(program));
  return program;
}

const HELP_AFTER = `
Examples:
  unchoke linux.torrent -o downloads
  unchoke create album -o album.torrent --tracker http://tracker.example/announce
  unchoke seed album.torrent . --port 6881

Exit codes: 0 done, 2 time-out, 3 not found, 5 too slow, 6 network, 7 unfinished, 9 disk full, 13 file exists, 17 file error,
19 name resolution, 25 bad bencode, 26 bad torrent, 27 bad magnet link, 28 bad option, 32 damaged data, 130 and 143 interrupted.`;

/** As commander would say it, but without the variable of each flag: one sentence says all of them. */
function optionDescription({ description, argChoices, defaultValue }: Option): string {
  const facts = [
    ...(argChoices === undefined ? [] : [argChoices.join(', ')]),
    ...(typeof defaultValue === 'string' ? [`default ${defaultValue}`] : []),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
}

function versionOf(): string {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version;
}

function isSource(first: string | undefined): boolean {
  if (first === undefined || first === '-h' || first === '--help') return false;
  return /^-|[./:\\]/.test(first) || existsSync(first);
}

function download(): Command {
  const command = new Command('download')
    .summary('download a torrent')
    .description(
      'Download a torrent, and exit when it is complete and verified. What is there already is checked and used.\nWith --seed-ratio or --seed-time it goes on giving.',
    )
    .argument('<torrent>', 'a .torrent file, a magnet link, or the URL of a .torrent file')
    .addOption(flag('-o, --out <folder>', 'where the files go').default('.'))
    .addOption(flag('-l, --list', 'only list the files, with their numbers'));
  runFlags(selectFlags(command))
    .addOption(timeoutFlag('give up after this time, with exit code 2'))
    .addOption(flag('--sequential', 'fetch pieces in order instead of the rarest first'))
    .addOption(
      flag('--stall-timeout <time>', 'give up when nothing comes for this long, with exit code 5').argParser(timeLimit),
    );
  return examples(command, [
    'unchoke download linux.torrent -o downloads',
    'unchoke download linux.torrent --list',
    'unchoke download linux.torrent --select 1-3,7 --max-download-rate 2M',
    'unchoke download linux.torrent --peer 192.0.2.7:6881 --seed-ratio 1.5 --seed-time 2h',
  ]).action(
    running(async (torrent: string, options: RunOptions) =>
      (await import('./run-torrent.js')).runTorrent(torrent, options, 'download'),
    ),
  );
}

function seed(): Command {
  const command = new Command('seed')
    .summary('give a torrent to others')
    .description('Give a torrent to others, until a signal or a goal ends it. The data is verified first.')
    .argument('<torrent>', 'a .torrent file')
    .argument('<folder>', 'the folder that holds its files');
  return examples(runFlags(command), [
    'unchoke seed linux.torrent downloads --port 6881',
    'unchoke seed linux.torrent downloads --max-upload-rate 500K --seed-time 12h',
  ]).action(
    running(async (torrent: string, out: string, options: RunOptions) =>
      (await import('./run-torrent.js')).runTorrent(torrent, { ...options, out, sequential: false }, 'seed'),
    ),
  );
}

function create(): Command {
  const command = new Command('create')
    .summary('make a torrent of a file or a folder')
    .description('Make a torrent of a file or a folder.')
    .argument('<path>', 'a file or a folder')
    .addOption(flag('-o, --out <file>', 'the torrent to write; default the name of the path', 'create'))
    .addOption(trackerFlag('a tracker, in a tier of its own', 'create'))
    .addOption(several(severalWebSeeds, flag('--web-seed <url>', 'a web server that has the files', 'create')))
    .addOption(flag('--name <text>', 'what the torrent is called; default the name of the path', 'create'))
    .addOption(flag('--comment <text>', 'for people to read', 'create'))
    .addOption(flag('--source <text>', 'sets the torrent apart on a private tracker', 'create'))
    .addOption(flag('--private', 'peers come from its trackers only (BEP 27)', 'create'))
    .addOption(
      flag('--piece-length <bytes>', 'a power of two from 16K; default by size', 'create').argParser(byteCount),
    )
    .addOption(
      flag('--torrent-version <version>', 'which hashes it has; default v1', 'create').choices(['v1', 'v2', 'hybrid']),
    )
    .addOption(textsFlag('--ignore <glob>', 'leave these files out, like *.part', 'create'))
    .addOption(flag('--no-date', 'leave the date out, so that the same files give the same torrent', 'create'))
    .addOption(flag('--threads <number>', 'that hash; default one for each core', 'create').argParser(wholeNumber));
  return examples(command, [
    'unchoke create album --tracker http://tracker.example/announce',
    'unchoke create album -o album.torrent --torrent-version hybrid --piece-length 1M --comment "live, 1999"',
  ]).action(
    running(async (path: string, options: CreateCommandOptions) => (await import('./create.js')).create(path, options)),
  );
}

function info(): Command {
  const command = new Command('info')
    .alias('show')
    .summary('say what a torrent file holds')
    .description('Say what a torrent file holds. --json gives one object.')
    .argument('<torrent>', 'a .torrent file')
    .addOption(lenientFlag());
  return examples(command, ['unchoke info linux.torrent', 'unchoke info linux.torrent --json']).action(
    running(async (torrent: string, options: ReadingOptions) => (await import('./info.js')).info(torrent, options)),
  );
}

function verify(): Command {
  const command = new Command('verify')
    .summary('hash the files of a torrent')
    .description(
      'Hash the files of a torrent and name the damaged ones; exit code 32 when there are any. Nothing is changed.',
    )
    .argument('<torrent>', 'a .torrent file')
    .argument('<folder>', 'the folder that holds its files')
    .addOption(lenientFlag());
  return examples(command, ['unchoke verify linux.torrent downloads']).action(
    running(async (torrent: string, folder: string, options: ReadingOptions) =>
      (await import('./verify.js')).verify(torrent, folder, options),
    ),
  );
}

function magnet(): Command {
  const command = new Command('magnet')
    .summary('print the magnet link of a torrent')
    .description('Print the magnet link of a torrent.')
    .argument('<torrent>', 'a .torrent file')
    .addOption(trackerFlag('name this tracker, too', 'magnet'))
    .addOption(flag('--no-trackers', 'do not name the torrent’s own trackers', 'magnet'))
    .addOption(peerFlag('name a peer to ask first', 'magnet'))
    .addOption(lenientFlag());
  return examples(selectFlags(command, 'magnet'), [
    'unchoke magnet linux.torrent',
    'unchoke magnet linux.torrent --no-trackers --peer 192.0.2.7:6881 --select 1',
  ]).action(
    running(async (torrent: string, options: MagnetOptions) => (await import('./magnet.js')).magnet(torrent, options)),
  );
}

function edit(): Command {
  const command = new Command('edit')
    .summary('change a torrent without making it anew')
    .description(
      'Change a torrent without making it anew. Every byte that is not concerned stays, and so does the info-hash, unless --private, --public or --source changes what it covers.',
    )
    .argument('<torrent>', 'a .torrent file')
    .addOption(flag('-o, --out <file>', 'the torrent to write', 'edit'))
    .addOption(flag('-i, --in-place', 'write over the torrent', 'edit'))
    .addOption(trackerFlag('a tracker instead of those there are, in a tier of its own', 'edit'))
    .addOption(several(severalTrackers, flag('--add-tracker <url>', 'one more tracker, in a tier at the end', 'edit')))
    .addOption(textsFlag('--remove-tracker <url>', 'a tracker to remove', 'edit'))
    .addOption(flag('--no-trackers', 'remove all trackers', 'edit'))
    .addOption(several(severalWebSeeds, flag('--web-seed <url>', 'a web server instead of those there are', 'edit')))
    .addOption(flag('--no-web-seeds', 'remove all web seeds', 'edit'))
    .addOption(flag('--comment <text>', 'a comment instead of the one there is', 'edit'))
    .addOption(flag('--no-comment', 'remove the comment', 'edit'))
    .addOption(flag('--created-by <text>', 'which program made it', 'edit'))
    .addOption(flag('--no-created-by', 'remove the program that made it', 'edit'))
    .addOption(flag('--no-date', 'remove the date', 'edit'))
    .addOption(flag('--private', 'peers come from its trackers only (BEP 27); changes the info-hash', 'edit'))
    .addOption(flag('--public', 'not private any more; changes the info-hash', 'edit').implies({ private: false }))
    .addOption(flag('--source <text>', 'sets it apart on a private tracker; changes the info-hash', 'edit'))
    .addOption(flag('--no-source', 'remove the source; changes the info-hash', 'edit'))
    .addOption(lenientFlag());
  return examples(command, [
    'unchoke edit album.torrent --in-place --tracker http://tracker.example/announce',
    'unchoke edit album.torrent -o quiet.torrent --no-comment --no-created-by --no-date',
  ]).action(
    running(async (torrent: string, options: EditOptions) => (await import('./edit.js')).edit(torrent, options)),
  );
}

function announce(): Command {
  const command = new Command('announce')
    .summary('ask the trackers of a torrent for peers')
    .description('Ask the trackers of a torrent for peers, and take leave of them again. All are asked at once.')
    .argument('<torrent>', 'a .torrent file, a magnet link, or an info-hash')
    .addOption(trackerFlag('ask this tracker instead of the torrent’s own'))
    .addOption(
      flag('-p, --port <number>', 'the port to say we listen on; default 6881').default(0).argParser(portNumber),
    )
    .addOption(
      flag('--event <event>', 'say this and nothing afterwards; default started, then stopped', 'announce').choices([
        'started',
        'completed',
        'stopped',
        'paused',
        'none',
      ]),
    )
    .addOption(flag('--left <bytes>', 'how much to say is missing; default all of it', 'announce').argParser(byteCount))
    .addOption(flag('--numwant <number>', 'how many peers to ask for', 'announce').argParser(wholeNumber))
    .addOption(timeoutFlag('for each tracker; default 30s'))
    .addOption(lenientFlag());
  return examples(command, [
    'unchoke announce linux.torrent',
    'unchoke announce 0123456789abcdef0123456789abcdef01234567 --tracker udp://tracker.example:6969 -v',
  ]).action(
    running(async (torrent: string, options: AnnounceCommandOptions) =>
      (await import('./announce.js')).announce(torrent, options),
    ),
  );
}

function scrape(): Command {
  const command = new Command('scrape')
    .summary('ask the trackers of a torrent how many have it')
    .description(
      'Ask the trackers of a torrent how many have it (BEP 48), without joining them. All are asked at once.',
    )
    .argument('<torrent>', 'a .torrent file, a magnet link, or an info-hash')
    .addOption(trackerFlag('ask this tracker instead of the torrent’s own'))
    .addOption(timeoutFlag('for each tracker; default 30s'))
    .addOption(lenientFlag());
  return examples(command, ['unchoke scrape linux.torrent --json']).action(
    running(async (torrent: string, options: ScrapeCommandOptions) =>
      (await import('./scrape.js')).scrape(torrent, options),
    ),
  );
}

function handshake(): Command {
  const command = new Command('handshake')
    .summary('ask a peer who it is and what it has')
    .description(
      'Greet a peer, and say who it is, which extensions it has, how much of the torrent, and how far away it is.',
    )
    .argument('<torrent>', 'a .torrent file, a magnet link, or an info-hash')
    .argument('<host:port>', 'the peer')
    .addOption(timeoutFlag('for the handshake; default 15s'))
    .addOption(lenientFlag());
  return examples(command, ['unchoke handshake linux.torrent 192.0.2.7:6881']).action(
    running(async (torrent: string, peer: string, options: HandshakeCommandOptions) =>
      (await import('./handshake.js')).handshake(torrent, peer, options),
    ),
  );
}

function completionsCommand(program: Command): Command {
  const command = new Command('completions')
    .summary('print a script that completes commands and flags in a shell')
    .description('Print a script that completes commands and flags in a shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']));
  return examples(command, [
    'source <(unchoke completions bash)',
    'unchoke completions zsh > ~/.zfunc/_unchoke',
    'unchoke completions fish > ~/.config/fish/completions/unchoke.fish',
  ]).action(async (shell: Shell) => {
    const { completions } = await import('./completions.js');
    process.stdout.write(completions(program, shell));
  });
}

function examples(command: Command, lines: readonly string[]): Command {
  const head = lines.length === 1 ? 'Example' : 'Examples';
  const variable = command.options.find(({ envVar }) => envVar !== undefined);
  const sentence = `Each flag can come from the environment: ${variable?.long} is ${variable?.envVar}.`;
  const text = `\n${head}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return command.addHelpText('after', variable === undefined ? text : `${text}\n\n${sentence}`);
}

/** A command that answers its exit code, or nothing for 0. */
function running<Args extends readonly unknown[]>(action: (...args: Args) => Promise<number> | Promise<void>) {
  return async (...args: Args): Promise<void> => {
    process.exitCode = (await action(...args)) ?? 0;
  };
}
