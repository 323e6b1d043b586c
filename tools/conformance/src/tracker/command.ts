import type { Command } from 'commander';
import { Ending, UsageError } from '../errors.js';
import { collect, withRunOptions } from '../run-options.js';
import { EXIT, runSuite, type SuiteOptions } from '../suite.js';
import { trackerCases } from './cases.js';
import { KnownTorrents } from './known-torrents.js';
import type { TrackerAddress, TrackerSubject } from './subject.js';
import { StartedTracker } from './tracker-process.js';

interface TrackerCommandOptions extends SuiteOptions {
  readonly url?: readonly string[];
  readonly run?: string;
  readonly torrents?: string;
}

/** `unchoke-conformance tracker`. */
export function addTrackerCommand(program: Command): void {
  withRunOptions(program.command('tracker').description('judge a tracker, over HTTP and UDP'))
    .option('--url <announce URL>', 'http: is asked over UDP at the same port, too; udp: may be given besides', collect)
    .option('--torrents <file>', 'info-hashes that it takes, one a line, if it does not take any')
    .option('--run <command>', 'starts it first, and ends it afterwards')
    .action(async (options: TrackerCommandOptions) => {
      process.exitCode = await judgeTracker(options);
    });
}

async function judgeTracker(options: TrackerCommandOptions): Promise<number> {
  let started: StartedTracker | undefined;
  const start = async (): Promise<TrackerSubject> => {
    const known = options.torrents === undefined ? {} : { known: KnownTorrents.read(options.torrents) };
    const subject = { ...trackerAt(options.url ?? []), ...known };
    started = await StartedTracker.start(options.run, subject);
    return started.reachable;
  };
  try {
    return await runSuite(trackerCases, start, options);
  } catch (error) {
    if (!(error instanceof Ending)) throw error;
    process.stderr.write(`unchoke-conformance: ${error.message}\n`);
    return EXIT.notStarted;
  } finally {
    await started?.close();
  }
}

/** Where the URLs lead. An HTTP URL alone stands for both protocols. */
export function trackerAt(urls: readonly string[]): TrackerSubject {
  if (urls.length === 0) throw new UsageError('tracker: say where with --url http://127.0.0.1:6969/announce');
  const found: { http?: TrackerAddress; udp?: TrackerAddress } = {};
  for (const text of urls) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'udp:') {
      throw new UsageError(`--url ${text}: expected http://host:port/announce or udp://host:port`);
    }
    const port = Number(url.port === '' ? '80' : url.port);
    const path = `${url.pathname === '' ? '/announce' : url.pathname}${url.search}`;
    const address = { host: url.hostname.replace(/^\[|\]$/g, ''), port, path };
    if (url.protocol === 'http:') found.http = address;
    else found.udp = address;
  }
  const udp = found.udp ?? found.http;
  return { name: urls.join(' '), ...found, ...(udp === undefined ? {} : { udp }) };
}
