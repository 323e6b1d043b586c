#!/usr/bin/env node
import { EXIT } from './exit-codes.js';
import { exitCodeOf, messageOf } from './failure.js';
import { settleEnvironment } from './flags.js';
import { printableLines } from './format.js';
import { endJson } from './output.js';
import { createProgram } from './program.js';

// Whoever reads us may have heard enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.brokenPipe);
  throw error;
});

const args = process.argv.slice(2);
const program = createProgram(args);
settleEnvironment(program.commands, process.env);
try {
  await program.parseAsync(args, { from: 'user' });
  endJson(Number(process.exitCode ?? EXIT.ok), undefined);
} catch (error) {
  process.exitCode = endWith(error);
}

/** Commander has said what it had to say; everything else is told here, in one line. */
function endWith(error: unknown): number {
  const { code, exitCode } = error as { readonly code?: string; readonly exitCode?: number };
  if (code?.startsWith('commander.') === true) return exitCode === 0 ? EXIT.ok : EXIT.badOption;
  const message = messageOf(error);
  process.stderr.write(`unchoke: ${printableLines(message)}\n`);
  const number = exitCodeOf(error);
  endJson(number, message);
  return number;
}
