import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { withRunOptions } from '../run-options.js';
import { runSuite, type SuiteOptions } from '../suite.js';
import { clientCases } from './cases.js';
import { commandSubject } from './command-subject.js';
import { PRESET_NAMES, presetSubject } from './presets.js';
import type { ClientSubject } from './subject.js';

interface ClientOptions extends SuiteOptions {
  readonly run?: string;
  readonly seedRun?: string;
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
  unchoke-conformance client --run 'mycli download {torrent} -o {out} --port {port}' --seed-run 'mycli seed {torrent} {data} --port {port}'`;

/** `unchoke-conformance client`. */
export function addClientCommand(program: Command): void {
  const command = program.command('client').description('judge a client by what it does on disk and on the wire');
  withRunOptions(
    command
      .option('--run <command>', 'starts a download; needs no shell')
      .option('--seed-run <command>', 'starts it as a seed of {data}, which lies in {out}')
      .option('--magnet-run <command>', 'starts a download of {magnet}')
      .option('--stays', 'with --run: its process goes on when a download is complete')
      .option('--no-dials-loopback', 'with --run: it never dials peers on 127.0.0.0/8')
      .option('--preset <name>', `a known client: ${PRESET_NAMES.join(', ')}`)
      .option('--program <command>', 'with --preset: where the program is, when it is not on the PATH')
      .addHelpText('after', EXAMPLES),
  ).action(async (options: ClientOptions) => {
    process.exitCode = await runSuite(clientCases, async () => subjectOf(options), options);
  });
}

function subjectOf(options: ClientOptions): ClientSubject {
  const { run, seedRun, magnetRun, preset, program } = options;
  if ((run === undefined) === (preset === undefined)) throw new UsageError('client: expected --run or --preset');
  if (preset !== undefined) return presetSubject(preset, program);
  return commandSubject({
    run: run!,
    ...(seedRun === undefined ? {} : { seed: seedRun }),
    ...(magnetRun === undefined ? {} : { magnet: magnetRun }),
    traits: { exits: options.stays !== true, dialsLoopback: options.dialsLoopback },
  });
}
