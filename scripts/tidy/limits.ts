import type { Finding } from './finding.js';
import { mask } from './mask.js';
import { lineAt, type SourceFile } from './tree.js';
import type { Workspace } from './workspace.js';

const RULE = 'limits';
const REASON_WORDS_MIN = 5;
const LIMIT_FILES = ['src/limits.ts', 'src/node/limits.ts'];

/** A bound as its `limits.ts` states it. */
export interface Limit {
  readonly name: string;
  /** The value as it is written there, such as `16 * 1024`. */
  readonly value: string;
  readonly reason: string;
  readonly line: number;
}

export function isLimitsFile(path: string): boolean {
  return /^(packages|tools)\/[^/]+\/src\/(node\/)?limits\.ts$/.test(path);
}

/**
 * Every exported constant of a `limits.ts`, and every entry of an exported object of limits. A limit right below
 * another, without a comment of its own, shares the comment above both.
 */
export function limitsOf(file: SourceFile): readonly Limit[] {
  const limits: Limit[] = [];
  for (const limit of allIn(file)) {
    const above = limits.at(-1);
    const shares = limit.reason === '' && above?.line === limit.line - 1;
    limits.push(shares ? { ...limit, reason: above.reason } : limit);
  }
  return limits;
}

/** Every limit says why it is what it is; a bound without a reason is a guess. */
export function limitReasons(file: SourceFile): readonly Finding[] {
  return limitsOf(file)
    .filter(({ reason }) => reason.split(/\s+/).length < REASON_WORDS_MIN)
    .map(({ name, line }) => ({
      path: file.path,
      line,
      rule: RULE,
      message: `${name} has no reason: say in a doc comment above it why the bound is there and why it is this large`,
    }));
}

/** docs/LIMITS.md, made from the doc comments. */
export function limitsPage(workspaces: readonly Workspace[]): string {
  const sections = workspaces.flatMap((workspace) => {
    const tables = LIMIT_FILES.flatMap((name) => {
      const file = workspace.files.find(({ path }) => path === `${workspace.folder}/${name}`);
      const limits = file === undefined ? [] : limitsOf(file);
      if (limits.length === 0) return [];
      const rows = limits.map(
        (limit) => `| \`${limit.name}\` | ${cell(`\`${limit.value}\``)} | ${cell(limit.reason)} |`,
      );
      const source = `From [\`${name}\`](../${workspace.folder}/${name}).`;
      return [`${source}\n\n| Limit | Value | Why |\n|---|---|---|\n${rows.join('\n')}\n`];
    });
    return tables.length === 0 ? [] : [`## ${workspace.manifest.name}\n\n${tables.join('\n')}`];
  });
  return `# Limits

Every queue, length, count, depth and timeout has a bound with a name, and the bound is checked before anything is
allocated. Where a bound is an option, the value here is its default. This page is made from the doc comments by
\`npm run docs:limits\`; a test keeps it current.

${sections.join('\n')}`;
}

function allIn(file: SourceFile): readonly Limit[] {
  const { code } = mask(file.text);
  return [...code.matchAll(/^export const (\w+)[^=]*?=\s*/gm)].flatMap((match) => {
    const start = match.index + match[0].length;
    const end = endOfExpression(code, start);
    const whole = limitAt(file, match.index, match[1] as string, start, end);
    const object = /^(?:Object\.freeze\(\s*)?\{/.exec(code.slice(start, end));
    if (object === null) return [whole];
    return entriesOf(code, start + object[0].length, end).map(({ name, keyAt, from, to }) =>
      limitAt(file, keyAt, `${whole.name}.${name}`, from, to),
    );
  });
}

function limitAt(file: SourceFile, declaredAt: number, name: string, from: number, to: number): Limit {
  return {
    name,
    value: file.text
      .slice(from, to)
      .replace(/\s+as const$/, '')
      .replace(/\s+/g, ' ')
      .trim(),
    reason: docAbove(file.text, declaredAt),
    line: lineAt(file.text, declaredAt),
  };
}

/** The text of the doc comment that ends right above an offset, on one line, without tags. */
function docAbove(text: string, offset: number): string {
  const doc = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(text.slice(0, offset));
  if (doc === null) return '';
  const lines = (doc[1] as string).split('\n').map((line) => line.replace(/^\s*\*?\s?/, '').trim());
  const firstTag = lines.findIndex((line) => line.startsWith('@'));
  const prose = firstTag === -1 ? lines : lines.slice(0, firstTag);
  return prose
    .join(' ')
    .replace(/\{@link\s+([^}\s]+)[^}]*\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim();
}

interface Entry {
  readonly name: string;
  readonly keyAt: number;
  readonly from: number;
  readonly to: number;
}

function entriesOf(code: string, start: number, end: number): Entry[] {
  const entries: Entry[] = [];
  let at = start;
  while (at < end) {
    const key = /\s*(\w+)\s*:\s*/y;
    key.lastIndex = at;
    const match = key.exec(code);
    if (match === null) break;
    const from = at + match[0].length;
    const to = endOfExpression(code, from);
    entries.push({ name: match[1] as string, keyAt: at + match[0].search(/\w/), from, to });
    at = to + 1;
  }
  return entries;
}

/** Offset of the `,` `;` or closing bracket that ends the expression which starts at `start`. */
function endOfExpression(code: string, start: number): number {
  let depth = 0;
  for (let i = start; i < code.length; i++) {
    const char = code[i] as string;
    if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char)) depth--;
    if (depth < 0 || (depth === 0 && (char === ';' || char === ','))) return i;
  }
  return code.length;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
