import { type Command, InvalidArgumentError } from 'commander';

/** Adds the options that every subcommand with cases has; `--seed`, when the subcommand has none of its own. */
export function withRunOptions(command: Command, hasOwnSeed = false): Command {
  if (!hasOwnSeed) command.option('--seed <number>', 'repeats all that is random', wholeNumber);
  return command
    .option('--list', 'name the cases instead of running them')
    .option('--only <pattern>', "only cases with such an id, as in 'bep15/**'; may be repeated", collect)
    .option('--level <levels>', 'only these levels: must, should, may, safe, separated by commas')
    .option('--profile <name>', 'quick: what is over soon; full: also what waits for time-outs', 'quick')
    .option('--strict', 'should and may count, too')
    .option('--allow-fail <file>', 'ids that may fail, one a line; those that pass are reported')
    .option('--timeout <seconds>', 'for one case', wholeNumber)
    .option(
      '--jobs <number>',
      'cases at a time, half of them only such that wait for time-outs; default eight a processor',
      wholeNumber,
    )
    .option('--reporter <name[=file]>', 'human, tap, junit, json, html, github; may be repeated', collect)
    .option('--transcripts <folder>', 'keep what was said in cases that fail, as JSON lines and pcap');
}

export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new InvalidArgumentError('expected a whole number');
  return number;
}

/** Values of an option that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
