import type { Finding } from './finding.js';
import { mask } from './mask.js';
import { isCode, lineAt, type SourceFile } from './tree.js';

const RULE = 'loose-ends';

/** A promise in a comment is forgotten; one with a link to an issue is not. */
export function looseEnds(file: SourceFile): readonly Finding[] {
  const isProse = file.path.endsWith('.md');
  if (!isCode(file.path) && !isProse) return [];
  const text = isProse ? file.text : mask(file.text).comments;
  return [...text.matchAll(/\b(TODO|FIXME|XXX|HACK)\b(?=[:( ]|$).*/gm)]
    .filter(([line]) => !/https:\/\/\S+\/issues\/\d+/.test(line))
    .map((match) => ({
      path: file.path,
      line: lineAt(file.text, match.index),
      rule: RULE,
      message: `${match[1]} without a link: do it now, or open an issue and put its address on this line`,
    }));
}
