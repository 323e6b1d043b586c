import type { Command } from 'commander';
import { Ending, UsageError } from '../errors.js';
import { collect, withRunOptions } from '../run-options.js';
import { EXIT, runSuite, type SuiteOptions } from '../suite.js';
import { clientCases } from './cases.js';
import { commandSubject } from './command-subject.js';
import { PRESET_NAMES, presetSubject } from './presets.js';
import type { ClientSubject } from './subject.js';

interface ClientOptions extends Omit<SuiteOptions, 'seed'> {
  /** A number repeats a run, anything else is a command line. */
  readonly seed?: readonly string[];
  readonly run?: string;
  readonly magnetRun?: string;
  readonly preset?: string;
  readonly program?: string;
  readonly stays?: true;
  readonly dialsLoopback: boolean;
}

const EXAMPLES = `
Placeholders: {torrent} {out} {port} {tracker} {magnet} {peer} {data} {state}

Examples:
  unchoke-conformance client --preset aria2c
  unchoke-conformance client --run 'mycli download {torrent} -o {out} --port {port}' --seed 'mycli seed {torrent} {data} --port {port}'`;

/** `unchoke-conformance client`. */
export function addClientCommand(program: Command): void {
  const command = program.command('client').description('judge a client by what it does on disk and on the wire');
  withRunOptions(
    command
      .option('--run <command>', 'starts a download; needs no shell')
      .option(
        '--seed <command or number>',
        'starts it as a seed of {data}, which lies in {out}; a number repeats all that is random',
        collect,
      )
      .option('--magnet-run <command>', 'starts a download of {magnet}')
      .option('--stays', 'with --run: its process goes on when a download is complete')
      .option('--no-dials-loopback', 'with --run: it never dials peers on 127.0.0.0/8')
      .option('--preset <name>', `a known client: ${PRESET_NAMES.join(', ')}`)
      .option('--program <command>', 'with --preset: where the program is, when it is not on the PATH')
      .addHelpText('after', EXAMPLES),
    true,
  ).action(async (options: ClientOptions) => {
    const { seed, ...rest } = options;
    const number = seed?.find(isNumber);
    const suite: SuiteOptions = { ...rest, ...(number === undefined ? {} : { seed: Number(number) }) };
    process.exitCode = await judgeClient(options, suite);
  });
}

async function judgeClient(options: ClientOptions, suite: SuiteOptions): Promise<number> {
  try {
    return await runSuite(clientCases, async () => subjectOf(options), suite);
  } catch (error) {
    if (!(error instanceof Ending)) throw error;
    process.stderr.write(`unchoke-conformance: ${error.message}\n`);
    return EXIT.notStarted;
  }
}

function subjectOf(options: ClientOptions): ClientSubject {
  const { run, magnetRun, preset, program } = options;
  const seedRun = options.seed?.find((text) => !isNumber(text));
  if ((run === undefined) === (preset === undefined)) throw new UsageError('client: expected --run or --preset');
  if (preset !== undefined) return presetSubject(preset, program);
  return commandSubject({
    run: run!,
    ...(seedRun === undefined ? {} : { seed: seedRun }),
    ...(magnetRun === undefined ? {} : { magnet: magnetRun }),
    traits: { exits: options.stays !== true, dialsLoopback: options.dialsLoopback },
  });
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
