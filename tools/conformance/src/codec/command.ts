import type { Command } from 'commander';
import { Ending, UsageError } from '../errors.js';
import { withRunOptions } from '../run-options.js';
import { EXIT, runSuite, type SuiteOptions } from '../suite.js';
import { codecCases } from './cases.js';
import { CodecProcess } from './codec-process.js';
import type { CodecSubject } from './subject.js';

interface CodecCommandOptions extends SuiteOptions {
  readonly run?: string;
  readonly cwd?: string;
}

/** `unchoke-conformance codec`. */
export function addCodecCommand(program: Command): void {
  withRunOptions(program.command('codec').description('judge a codec or a parser, by what it makes of bytes'))
    .option('--run <command>', 'a program that speaks the line protocol: `operation hex …` in, JSON out')
    .option('--cwd <folder>', 'where the command runs')
    .action(async (options: CodecCommandOptions) => {
      process.exitCode = await judgeCodec(options);
    });
}

async function judgeCodec(options: CodecCommandOptions): Promise<number> {
  let codec: CodecProcess | undefined;
  const start = async (): Promise<CodecSubject> => {
    if (options.run === undefined) throw new UsageError('codec: say which with --run "command"');
    codec = await CodecProcess.start(options.run, options.cwd === undefined ? {} : { cwd: options.cwd });
    return codec;
  };
  try {
    return await runSuite(codecCases, start, options);
  } catch (error) {
    if (!(error instanceof Ending)) throw error;
    process.stderr.write(`unchoke-conformance: ${error.message}\n`);
    return EXIT.notStarted;
  } finally {
    await codec?.close();
  }
}
