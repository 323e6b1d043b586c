import type { Command } from 'commander';
import { withRunOptions } from '../run-options.js';
import { runSuite, type SuiteOptions } from '../suite.js';
import { clientCases } from './cases.js';

/** `unchoke-conformance client`. */
export function addClientCommand(program: Command): void {
  withRunOptions(program.command('client').description('judge a client')).action(async (options: SuiteOptions) => {
    process.exitCode = await runSuite(clientCases, async () => ({ name: 'client' }), options);
  });
}
