#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { addClientCommand } from './client/command.js';
import { addCodecCommand } from './codec/command.js';
import { UsageError } from './errors.js';
import { allCases } from './registry.js';
import { collect } from './run-options.js';
import { chooseCases, EXIT, listLine, type SuiteOptions } from './suite.js';
import { addTrackerCommand } from './tracker/command.js';

const program = new Command('unchoke-conformance')
  .description('Which rules of BitTorrent a client, a tracker or a parser keeps')
  .exitOverride();

addClientCommand(program);
addTrackerCommand(program);
addCodecCommand(program);
program
  .command('list')
  .description('name every case: id, level, profile, section, rule')
  .option('--only <pattern>', "only cases with such an id, as in 'bep15/**'; may be repeated", collect)
  .option('--level <levels>', 'only these levels: must, should, may, safe, separated by commas')
  .option('--profile <name>', 'quick or full', 'full')
  .action((options: SuiteOptions) => {
    for (const one of chooseCases(allCases(), options)) process.stdout.write(listLine(one));
  });

for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  // Commander has said what is wrong; asking for help is not wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.usage;
  if (error instanceof UsageError) {
    console.error(`unchoke-conformance: ${error.message}`);
    return EXIT.usage;
  }
  console.error(error instanceof Error ? error.stack : error);
  return EXIT.kitError;
}
