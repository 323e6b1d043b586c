#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { MockTrackerError } from './errors.js';
import { ExchangeLog } from './node/exchange-log.js';
import { type MockTracker, startMockTracker } from './node/mock-tracker.js';
import { parseScenario } from './scenario/parse-scenario.js';
import type { TrackerScenario } from './scenario/tracker-scenario.js';

interface CliOptions {
  readonly host: readonly string[];
  readonly port: number;
  readonly scenario?: string;
  readonly log?: string;
  readonly seed?: number;
  readonly interval: number;
  readonly json?: boolean;
}

const program = new Command('unchoke-mock-tracker')
  .version(
    (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version,
  )
  .description('A BitTorrent tracker for HTTP and UDP on one port, that misbehaves exactly as told.')
  .option('--host <address...>', 'addresses to listen on', ['127.0.0.1'])
  .option('--port <number>', 'port for HTTP and UDP; 0: any free one', wholeNumber(0, 65_535), 0)
  .option('--scenario <file>', 'JSON file that says how to misbehave; read again on SIGHUP')
  .option('--log <file>', 'append every request and reply as a line of JSON; -: to standard output')
  .option('--interval <seconds>', 'what clients are told to wait', wholeNumber(1, 86_400), 60)
  .option('--seed <number>', 'repeats the choice of peers', wholeNumber(0, Number.MAX_SAFE_INTEGER))
  .option('--json', 'print the addresses as a line of JSON')
  .addHelpText('after', '\nExit status: 0 stopped by SIGINT or SIGTERM, 1 cannot run, 2 wrong arguments or scenario.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

try {
  await run(program.parse().opts<CliOptions>());
} catch (error) {
  if (!MockTrackerError.isInstance(error)) throw error;
  console.error(`unchoke-mock-tracker: ${error.message}`);
  process.exitCode = error.code === 'cannot-listen' ? 1 : 2;
}

async function run(options: CliOptions): Promise<void> {
  const scenario = options.scenario === undefined ? undefined : readScenario(options.scenario);
  const log = options.log === undefined ? undefined : new ExchangeLog(options.log, complainOfLog);
  const tracker = await startMockTracker({
    host: options.host,
    port: options.port,
    intervalS: options.interval,
    requestsKept: 0,
    ...(scenario === undefined ? {} : { scenario }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(log === undefined ? {} : { onExchange: (exchange) => log.write(exchange) }),
  });
  announceStart(tracker, options);
  const stop = async (): Promise<void> => {
    await tracker.close();
    await log?.close();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  if (options.scenario !== undefined) process.on('SIGHUP', () => reload(tracker, options.scenario!));
}

/** Standard output belongs to scripts: one line when everything is open. With the log there, it goes to standard error. */
function announceStart(tracker: MockTracker, options: CliOptions): void {
  const { port, statsUrl, urls } = tracker;
  const text = options.json
    ? JSON.stringify({ port, statsUrl, urls })
    : [...urls.flatMap(({ announceUrl, udpUrl }) => [announceUrl, udpUrl]), statsUrl].join('\n');
  if (options.log === '-') console.error(text);
  else console.log(text);
}

function complainOfLog(error: Error): void {
  console.error(`unchoke-mock-tracker: the log cannot be written: ${error.message}`);
}

function readScenario(path: string): TrackerScenario {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new MockTrackerError('bad-scenario', `${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return parseScenario(value);
  } catch (error) {
    if (!MockTrackerError.isInstance(error)) throw error;
    throw new MockTrackerError(error.code, `${path}: ${error.message}`, error.problems);
  }
}

function reload(tracker: MockTracker, path: string): void {
  try {
    tracker.setScenario(readScenario(path));
    console.error(`unchoke-mock-tracker: read ${path} again`);
  } catch (error) {
    // The old rules stay: a typing mistake must not end a test that runs.
    if (!MockTrackerError.isInstance(error)) throw error;
    console.error(`unchoke-mock-tracker: the rules stay as they were; ${error.message}`);
  }
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`);
  };
}
