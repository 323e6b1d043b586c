import type { Finding } from './finding.js';
import { lineAt, type SourceFile } from './tree.js';

const RULE = 'words';

/** The project speaks of itself: not of one machine's folders, nor of how and by whom it was made. */
const BANNED: readonly (readonly [pattern: RegExp, message: string])[] = [
  [
    /(?<![\w.~@/<-])\/((work|farm)(\/[\w.-]*|(?=[\s'"`(),;]))|root\/[\w.-]+)/g,
    'a folder of one machine: use a path relative to the repository, or os.tmpdir()',
  ],
  [
    /(?<![\w/])\/home\/(?!user\b)[a-z]\w*/g,
    'a home folder of one machine: use os.tmpdir(), or a path that is plainly made up',
  ],
  [/\/tmp\/(brief|bench\.lock|bash_jobs)/g, 'a file of one machine: use a folder made by mkdtemp'],
  [
    new RegExp(
      `\\b(${['C' + 'EO', 'help' + 'er session', 'sub' + '-?agents?', 'this ses' + 'sion', 'Cla' + 'ude', 'A' + 'I assistant', 'L' + 'LM'].join('|')})\\b`,
      'g',
    ),
    'speak of the project only: what it does and why',
  ],
];

export function words(file: SourceFile): readonly Finding[] {
  if (file.path === 'package-lock.json') return [];
  return BANNED.flatMap(([pattern, message]) =>
    [...file.text.matchAll(pattern)].map((match) => ({
      path: file.path,
      line: lineAt(file.text, match.index),
      rule: RULE,
      message: `'${match[0].trim()}': ${message}`,
    })),
  );
}
