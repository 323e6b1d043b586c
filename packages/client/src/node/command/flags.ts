import { type Command, Option } from 'commander';
import {
  byteRate,
  duration,
  fileNumbers,
  pattern,
  portNumber,
  ratio,
  severalPeers,
  severalTexts,
  severalTrackers,
  timeLimit,
} from './values.js';

type Parse<T> = (value: string, earlier: T) => T;

/**
 * An option with its variable of the environment: `UNCHOKE_` and its long name in capitals. `scope` keeps what makes a torrent
 * apart from what runs one: a tracker for downloads must not end up in every torrent that is made (`UNCHOKE_CREATE_TRACKER`).
 */
export function flag(flags: string, text: string, scope = ''): Option {
  const option = new Option(flags, text);
  const name = (option.long ?? flags).replace(/^--/, '');
  return option.env(
    `UNCHOKE_${[scope, name].filter((part) => part !== '').join('_')}`.toUpperCase().replaceAll('-', '_'),
  );
}

/** An option that may be repeated; in the environment its values are parted by white space. */
export function several<T>(parse: Parse<readonly T[]>, option: Option): Option {
  const repeated = option.default([]).argParser(parse);
  repeated.description += '; may be repeated';
  return repeated;
}

/** What is said where: every command has these. */
export function outputFlags(command: Command): Command {
  return command
    .addOption(flag('--json', 'JSON lines on stdout, the last of type summary'))
    .addOption(
      flag('--progress <style>', 'how to show progress, on stderr')
        .choices(['auto', 'bar', 'plain', 'json', 'none'])
        .default('auto'),
    )
    .addOption(
      flag('--progress-interval <time>', 'between two lines of progress that are not redrawn').argParser(timeLimit),
    )
    .addOption(flag('-q, --quiet', 'say nothing but errors'))
    .addOption(
      flag('-v, --verbose', 'say more; twice, everything')
        .default(0)
        .argParser((_value, level: number) => level + 1),
    )
    .addOption(flag('--no-color', 'no colours; NO_COLOR and FORCE_COLOR are heeded, too'));
}

export function lenientFlag(): Option {
  return flag('--lenient', 'take a torrent whose keys are not in order, with a warning');
}

export function timeoutFlag(text: string): Option {
  return flag('--timeout <time>', text).argParser(timeLimit);
}

export function trackerFlag(text: string, scope = ''): Option {
  return several(severalTrackers, flag('--tracker <url>', text, scope));
}

export function peerFlag(text: string, scope = ''): Option {
  return several(severalPeers, flag('--peer <host:port>', text, scope));
}

export function textsFlag(flags: string, text: string, scope: string): Option {
  return several(severalTexts, flag(flags, text, scope));
}

export function selectFlags(command: Command, scope = ''): Command {
  return command
    .addOption(
      flag('--select <numbers>', 'only these files, like 1-3,7; --list shows the numbers', scope).argParser(
        fileNumbers,
      ),
    )
    .addOption(
      flag('--select-re <pattern>', 'only files whose path matches this regular expression', scope).argParser(pattern),
    );
}

/** What `download` and `seed` have in common. */
export function runFlags(command: Command): Command {
  return command
    .addOption(
      flag('-p, --port <number>', 'listen for peers here; 0 is any free port').default(0).argParser(portNumber),
    )
    .addOption(flag('--bind <address>', 'listen on this address only'))
    .addOption(peerFlag('a peer to connect to'))
    .addOption(trackerFlag('ask this tracker instead of the torrent’s own'))
    .addOption(flag('--no-trackers', 'ask no tracker'))
    .addOption(flag('--max-download-rate <bytes>', 'a second, like 2M; 0 is no limit').argParser(byteRate))
    .addOption(flag('--max-upload-rate <bytes>', 'a second, like 500K; 0 is no limit').argParser(byteRate))
    .addOption(
      flag('--seed-ratio <number>', 'seed until that much was given for each byte taken, over all runs').argParser(
        ratio,
      ),
    )
    .addOption(flag('--seed-time <time>', 'seed for this long, over all runs, like 30m').argParser(duration))
    .addOption(flag('--log <file>', 'write what happens behind what is in this file, as JSON lines'))
    .addOption(flag('--state-dir <folder>', 'where to remember what is verified'))
    .addOption(lenientFlag());
}

/** Switched off: `UNCHOKE_JSON=0` means what it says. */
const OFF: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off']);

/** Makes the environment say what people mean by it, before commander reads it, to which any value of a switch means on. */
export function settleEnvironment(commands: readonly Command[], env: NodeJS.ProcessEnv): void {
  // As many as `-v` was said; commander would count any value as one.
  const level = Number(env['UNCHOKE_VERBOSE']);
  if (level > 1) for (const command of commands) command.setOptionValueWithSource('verbose', level, 'default');
  if (level > 1) delete env['UNCHOKE_VERBOSE'];
  for (const option of commands.flatMap(({ options }) => options)) {
    const { envVar } = option;
    const value = envVar === undefined ? undefined : env[envVar];
    if (envVar === undefined || value === undefined) continue;
    const isSwitch = !option.required && !option.optional;
    if (isSwitch ? OFF.has(value.toLowerCase()) : value === '') delete env[envVar];
  }
}
