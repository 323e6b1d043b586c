import type { Command } from 'commander';
import { withRunOptions } from '../run-options.js';
import { runSuite, type SuiteOptions } from '../suite.js';
import { codecCases } from './cases.js';

/** `unchoke-conformance codec`. */
export function addCodecCommand(program: Command): void {
  withRunOptions(program.command('codec').description('judge a codec')).action(async (options: SuiteOptions) => {
    process.exitCode = await runSuite(codecCases, async () => ({ name: 'codec' }), options);
  });
}
