import type { Finding } from './finding.js';
import { isCode, type SourceFile } from './tree.js';

const RULE = 'file-size';
const LINES_MAX = 400;

/** A file that may be longer than the house allows: how long it may get, and why it is one file. */
export interface LongFile {
  readonly linesMax: number;
  readonly reason: string;
}

/** A ratchet: long files are listed with a reason, do not grow, and leave the list when they become short. */
export function fileSize(tree: readonly SourceFile[], listed: Readonly<Record<string, LongFile>>): readonly Finding[] {
  const found: Finding[] = [];
  const lengths = new Map(
    tree.filter(({ path }) => isCode(path)).map(({ path, text }) => [path, text.split('\n').length - 1]),
  );
  for (const [path, lines] of lengths) {
    const long = listed[path];
    if (lines > LINES_MAX && long === undefined) {
      const message = `${lines} lines, more than ${LINES_MAX}: cut it along its nouns, or list it in scripts/tidy/long-files.ts with a reason`;
      found.push({ path, line: LINES_MAX + 1, rule: RULE, message });
    } else if (long !== undefined && lines > long.linesMax) {
      const message = `${lines} lines; it was let in with at most ${long.linesMax}: move something out`;
      found.push({ path, line: long.linesMax + 1, rule: RULE, message });
    }
  }
  for (const [path, { reason }] of Object.entries(listed)) {
    const list = { path: 'scripts/tidy/long-files.ts', line: 1, rule: RULE };
    const lines = lengths.get(path);
    if (lines === undefined || lines <= LINES_MAX)
      found.push({ ...list, message: `${path} is not long: take it off the list` });
    if (reason.trim().split(/\s+/).length < 4) found.push({ ...list, message: `${path}: say why it is one file` });
  }
  return found;
}
