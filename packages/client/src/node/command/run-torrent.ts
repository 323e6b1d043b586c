import { homedir } from 'node:os';
import { join } from 'node:path';
import type { PeerAddress } from '../../address-book.js';
import type { TorrentNotice } from '../../events.js';
import { Client, type ClientTorrent } from '../client.js';
import { EXIT } from './exit-codes.js';
import { Failure } from './failure.js';
import { formatBytes, formatSeconds, printable } from './format.js';
import { type ProgressStyle, showProgress } from './progress.js';

/** What `download` and `seed` have in common. */
export interface RunOptions {
  readonly out: string;
  readonly port: number;
  readonly bind?: string;
  readonly peer: readonly PeerAddress[];
  readonly tracker: readonly string[];
  readonly trackers: boolean;
  readonly sequential?: boolean;
  readonly timeout?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly progress?: ProgressStyle | 'auto';
  readonly stateDir?: string;
}

/** Runs one torrent until it is complete, or for as long as it may seed. Answers the exit code. */
export async function runTorrent(source: string, options: RunOptions, purpose: 'download' | 'seed'): Promise<number> {
  const timeout = timeoutOf(options.timeout);
  const client = new Client({
    port: options.port,
    stateFolder: options.stateDir ?? stateFolder(),
    ...(options.bind === undefined ? {} : { bind: options.bind }),
  });
  const signal = firstSignal();
  const startMs = performance.now();
  try {
    const torrent = await client.add(source, {
      path: options.out,
      peers: options.peer,
      strategy: options.sequential === true ? 'sequential' : 'rarest-first',
      ...trackersOf(options),
    });
    const style = styleOf(options);
    const mute = torrent.onNotice((notice) => tellNotice(notice, style));
    if (style === 'json') {
      process.stdout.write(`${JSON.stringify({ type: 'listening', version: 1, port: await client.listen() })}\n`);
    } else if (style !== 'none') {
      process.stderr.write(
        `${printable(torrent.metainfo.name)}: ${formatBytes(torrent.metainfo.contentLength)}, listening on port ${await client.listen()}\n`,
      );
    }
    const endProgress = showProgress(torrent, style);
    const outcome = await Promise.race([
      signal.caught,
      timeout,
      purpose === 'download' ? torrent.done.then(() => EXIT.ok) : new Promise<never>(() => undefined),
    ]);
    endProgress();
    mute();
    summarise(torrent, outcome, performance.now() - startMs, options);
    return outcome;
  } finally {
    signal.ignore();
    await client.close();
  }
}

function trackersOf({ tracker, trackers }: RunOptions): { readonly trackers?: readonly (readonly string[])[] } {
  if (!trackers) return { trackers: [] };
  return tracker.length > 0 ? { trackers: tracker.map((url) => [url]) } : {};
}

function styleOf({ json, quiet, progress = 'auto' }: RunOptions): ProgressStyle {
  if (json === true) return 'json';
  if (quiet === true) return 'none';
  if (progress !== 'auto') return progress;
  return process.stderr.isTTY ? 'bar' : 'plain';
}

function tellNotice(notice: TorrentNotice, style: ProgressStyle): void {
  if (style === 'none' || notice.type === 'piece-completed') return;
  if (style === 'json') process.stdout.write(`${JSON.stringify({ ...notice, version: 1 }, hexBytes)}\n`);
  else if (notice.type === 'peer-banned')
    say(style, `banned ${notice.address.host}:${notice.address.port}: it ${notice.reason}`);
  else if (notice.type === 'tracker-reported' && notice.problem !== undefined)
    say(style, `tracker ${notice.url}: ${notice.problem}`);
  else if (notice.type === 'storage-stalled') say(style, `waiting for the disk: ${notice.problem}`);
}

function hexBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

function say(style: ProgressStyle, text: string): void {
  process.stderr.write(`${style === 'bar' ? '\r\x1b[K' : ''}${printable(text)}\n`);
}

function summarise(
  { metainfo, status }: ClientTorrent,
  exitCode: number,
  elapsedMs: number,
  options: RunOptions,
): void {
  const { haveCount, pieceCount, receivedBytes, sentBytes, wastedBytes } = status;
  const isComplete = haveCount === pieceCount;
  if (options.json === true) {
    const summary = {
      type: 'summary',
      version: 1,
      name: metainfo.name,
      isComplete,
      haveCount,
      pieceCount,
      receivedBytes,
      sentBytes,
      wastedBytes,
      elapsedMs: Math.round(elapsedMs),
      exitCode,
    };
    process.stdout.write(`${JSON.stringify(summary)}\n`);
  } else if (options.quiet !== true) {
    const what = isComplete ? 'complete and verified' : `unfinished, ${haveCount} of ${pieceCount} pieces`;
    const rate = formatBytes(Math.round((receivedBytes * 1000) / Math.max(1, elapsedMs)));
    process.stdout.write(
      `${printable(metainfo.name)}: ${what}; received ${formatBytes(receivedBytes)} in ${formatSeconds(elapsedMs / 1000)} (${rate}/s), sent ${formatBytes(sentBytes)}\n`,
    );
  }
}

/** The first signal ends the run in good order; the second ends the process. */
function firstSignal(): { readonly caught: Promise<number>; readonly ignore: () => void } {
  let catchSignal: (exitCode: number) => void = () => undefined;
  const caught = new Promise<number>((resolve) => {
    catchSignal = resolve;
  });
  let count = 0;
  const onSignal = (name: NodeJS.Signals) => {
    const exitCode = name === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    if (++count > 1) process.exit(exitCode);
    catchSignal(exitCode);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    caught,
    ignore: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

function timeoutOf(seconds: number | undefined): Promise<number> {
  if (seconds === undefined) return new Promise(() => undefined);
  if (!(seconds > 0)) throw new Failure(EXIT.badOption, `--timeout ${seconds}: expected a number of seconds above 0`);
  return new Promise((resolve) => {
    setTimeout(() => resolve(EXIT.timeout), seconds * 1000).unref();
  });
}

function stateFolder(): string {
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'unchoke');
}
