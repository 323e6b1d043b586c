import { UsageError } from '../errors.js';

/** Cuts a command line as a shell would, without being one: blanks, quotes and backslashes, nothing else. */
export function splitCommand(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (quote !== '' && char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (char === '\\' && quote !== "'" && i + 1 < line.length) word = (word ?? '') + line[++i]!;
    else if (quote === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quote !== '') throw new UsageError(`a quote ${quote} is not closed in: ${line}`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new UsageError('expected a command line, found an empty one');
  return words;
}

/** Puts values in the place of `{name}`; after the cutting, so that a path may hold blanks. */
export function fillIn(words: readonly string[], values: Readonly<Record<string, string>>): readonly string[] {
  return words.map((word) =>
    word.replace(/\{([\w-]+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value !== undefined) return value;
      throw new UsageError(`${whole}: expected one of {${Object.keys(values).join('}, {')}}`);
    }),
  );
}
