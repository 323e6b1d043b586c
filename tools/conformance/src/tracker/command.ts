import type { Command } from 'commander';
import { withRunOptions } from '../run-options.js';
import { runSuite, type SuiteOptions } from '../suite.js';
import { trackerCases } from './cases.js';

/** `unchoke-conformance tracker`. */
export function addTrackerCommand(program: Command): void {
  withRunOptions(program.command('tracker').description('judge a tracker')).action(async (options: SuiteOptions) => {
    process.exitCode = await runSuite(trackerCases, async () => ({ name: 'tracker' }), options);
  });
}
