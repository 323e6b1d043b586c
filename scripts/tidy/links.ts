import { posix } from 'node:path';
import type { Finding } from './finding.js';
import { lineAt, type SourceFile } from './tree.js';

const RULE = 'links';

/** Relative links in Markdown lead to a file or folder of the repository, and `#…` to a heading of it. */
export function links(tree: readonly SourceFile[], exists: (path: string) => boolean): readonly Finding[] {
  const found: Finding[] = [];
  for (const { path, text } of tree.filter((file) => file.path.endsWith('.md'))) {
    const prose = withoutCode(text);
    const targets = [
      ...prose.matchAll(/\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)/g),
      ...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm),
      ...prose.matchAll(/<(?:img|a|source)\b[^>]*?\b(?:src|href)="([^"]+)"/g),
    ];
    for (const match of targets) {
      const target = match[1] as string;
      if (/^([a-z]+:|\/\/)/.test(target)) continue;
      const [file, anchor] = target.split('#') as [string, string | undefined];
      const absolute = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), decodeURI(file)));
      const line = lineAt(text, match.index);
      const add = (message: string): void => {
        found.push({ path, line, rule: RULE, message });
      };
      if (absolute.startsWith('..') || file.startsWith('/')) add(`'${target}' leaves the repository`);
      else if (!exists(absolute)) add(`'${target}' leads nowhere: there is no ${absolute}`);
      else if (anchor !== undefined && absolute.endsWith('.md')) {
        const there = tree.find((candidate) => candidate.path === absolute)?.text ?? '';
        if (!anchorsOf(there).has(anchor)) add(`'${target}': ${absolute} has no heading #${anchor}`);
      }
    }
  }
  return found;
}

function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = [...withoutFences(markdown).matchAll(/^#{1,6}\s+(.*)$/gm)].map((match) =>
    (match[1] as string)
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
  const explicit = [...markdown.matchAll(/\b(?:id|name)="([^"]+)"/g)].map((match) => match[1] as string);
  return new Set([...headings, ...explicit]);
}

/** Fenced and inline code, blanked with offsets kept. */
function withoutCode(markdown: string): string {
  return withoutFences(markdown).replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length));
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^([ \t]*)(```+|~~~+)[\s\S]*?^\1\2/gm, (code) => code.replace(/[^\n]/g, ' '));
}
