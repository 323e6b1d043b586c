import type { Finding } from './finding.js';
import { mask } from './mask.js';
import { lineAt, type SourceFile } from './tree.js';
import type { Workspace } from './workspace.js';

const RULE = 'examples';

/** A piece of code in prose: a fenced block of a Markdown page, or the `@example` of a doc comment. */
export interface Example {
  readonly path: string;
  /** 1-based line of the first line of its code. */
  readonly line: number;
  readonly language: string;
  /** The words after the language: `no-run`. */
  readonly flags: readonly string[];
  readonly code: string;
}

/** The fenced blocks of a page that name a language. */
export function fencedBlocks(file: SourceFile): readonly Example[] {
  const found: Example[] = [];
  for (const match of file.text.matchAll(/^([ \t]*)(```+)[ \t]*([^\n`]*)\n([\s\S]*?)^\1\2[ \t]*$/gm)) {
    const [language = '', ...flags] = (match[3] as string).trim().split(/\s+/);
    const line = lineAt(file.text, match.index) + 1;
    const indent = (match[1] as string).length;
    const code = (match[4] as string)
      .split('\n')
      .map((text) => text.slice(Math.min(indent, text.search(/\S|$/))))
      .join('\n');
    found.push({ path: file.path, line, language, flags, code });
  }
  return found;
}

/**
 * The `@example` parts of the doc comments of a source file, fenced or not. Those of a top-level declaration that is
 * not `isPublic` are left out: nobody outside can write them down.
 */
export function docExamples(file: SourceFile, isPublic: (name: string) => boolean): readonly Example[] {
  const { code, comments } = mask(file.text);
  return [...comments.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const declared = /^\s*?\n(?:export\s+)?(?:abstract\s+)?(?:function\*?|class|const|interface|type)\s+(\w+)/.exec(
      code.slice(comment.index + comment[0].length),
    )?.[1];
    if (declared !== undefined && !isPublic(declared)) return [];
    const lines = comment[0].split('\n').map((text) => text.replace(/^\s*\*( |$)/, '').replace(/\s*\*\/\s*$/, ''));
    const firstLine = lineAt(comments, comment.index);
    const starts = lines.flatMap((text, index) => (/^@example\b/.test(text.trim()) ? [index] : []));
    return starts.map((start) => {
      const next = lines.findIndex((text, index) => index > start && /^@\w+/.test(text.trim()));
      const body = lines.slice(start + 1, next === -1 ? undefined : next);
      return exampleFrom(file.path, firstLine + start + 1, body);
    });
  });
}

/**
 * Makes an example a module: where it has no imports, the exports of its package that it names are imported for it, on
 * its first line, so that line numbers stay.
 */
export function withImports(example: Example, surfaces: readonly Surface[]): string {
  if (/^\s*import\b/m.test(example.code)) return example.code;
  const { code } = mask(example.code);
  const isThere = (name: string): boolean => new RegExp(`(?<![.\\w$])${name}(?![\\w$])`).test(code);
  const isDeclared = (name: string): boolean =>
    new RegExp(`\\b(const|let|function|class|interface|type)\\s+${name}\\b`).test(code);
  const taken = new Set<string>();
  const imports = surfaces.map(({ specifier, names, typeNames }) => {
    const wanted = names.filter((name) => !taken.has(name) && isThere(name) && !isDeclared(name));
    for (const name of wanted) taken.add(name);
    const list = wanted.map((name) => (typeNames.has(name) ? `type ${name}` : name)).join(', ');
    return wanted.length === 0 ? '' : `import { ${list} } from '${specifier}'; `;
  });
  return imports.join('') + example.code;
}

/** What one entry point exports, by name. */
export interface Surface {
  readonly specifier: string;
  readonly names: readonly string[];
  /** Those of the names that only exist for the compiler. */
  readonly typeNames: ReadonlySet<string>;
}

/** The edge before the core: when both have a name, the example of an edge means the edge. */
export function surfacesOf(workspace: Workspace): readonly Surface[] {
  return [
    ['src/node/index.ts', '/node'],
    ['src/index.ts', ''],
  ].flatMap(([path, suffix]) => {
    const index = workspace.files.find((file) => file.path === `${workspace.folder}/${path}`);
    if (index === undefined) return [];
    const names: string[] = [];
    const typeNames = new Set<string>();
    for (const [, isTypes, list] of mask(index.text).code.matchAll(/\bexport\s*(type\s*)?\{([^}]*)\}/g)) {
      for (const entry of (list as string).split(',').filter((text) => text.trim() !== '')) {
        const name = entry.trim().replace(/^(type\s+)?(.*\bas\s+)?/, '');
        names.push(name);
        if (isTypes !== undefined || entry.trim().startsWith('type ')) typeNames.add(name);
      }
    }
    return [{ specifier: `${workspace.manifest.name}${suffix}`, names, typeNames }];
  });
}

/** `no-run` is for blocks that cannot run here; the prose around says why. Other words are slips. */
export function flagProblems(example: Example, page: string): readonly Finding[] {
  const at = { path: example.path, line: example.line - 1, rule: RULE };
  return example.flags.flatMap((flag) => {
    if (flag !== 'no-run') return [{ ...at, message: `'${flag}' means nothing here; the only flag is no-run` }];
    const before =
      page
        .split('\n')
        .slice(0, example.line - 2)
        .join('\n')
        .trimEnd()
        .split(/\n\s*\n/)
        .at(-1) ?? '';
    if (before.split(/\s+/).length >= 5 && !before.startsWith('#')) return [];
    return [{ ...at, message: 'no-run needs a sentence right above the block that says what it needs to run' }];
  });
}

/** The npm scripts, binaries and files that a shell block names are really there. */
export function shellProblems(example: Example, known: KnownCommands): readonly Finding[] {
  return example.code.split('\n').flatMap((text, index) => {
    const add = (message: string): Finding => ({ path: example.path, line: example.line + index, rule: RULE, message });
    const commands = text.replace(/(^|\s)#.*$/, '').split(/&&|\|\|?|;/);
    return commands.flatMap((command) => {
      const run = /\bnpm\s+(?:run(?:-script)?\s+|(?=test\b|start\b))([\w:.-]+)/.exec(command);
      const workspace = /(?:-w|--workspace)[= ]\s*(\S+)/.exec(command)?.[1];
      if (run !== null && !known.hasScript(run[1] as string, workspace)) {
        return [add(`there is no npm script "${run[1]}"${workspace === undefined ? '' : ` in ${workspace}`}`)];
      }
      const bin = /\bnpx\s+(?:-y\s+|--yes\s+)?(@?[\w./-]+)/.exec(command)?.[1];
      if (bin !== undefined && !known.hasBin(bin))
        return [add(`npx ${bin}: no workspace and no tool here has that command`)];
      const script = /\b(?:node|bash|sh|tsx)\s+((?:[\w.-]+\/)+[\w.-]+)/.exec(command)?.[1];
      if (script !== undefined && !known.hasFile(script)) return [add(`there is no file ${script}`)];
      return [];
    });
  });
}

export interface KnownCommands {
  hasScript(name: string, workspace: string | undefined): boolean;
  hasBin(name: string): boolean;
  hasFile(path: string): boolean;
}

function exampleFrom(path: string, line: number, body: readonly string[]): Example {
  const open = body.findIndex((text) => text.trim().startsWith('```'));
  if (open === -1) return { path, line, language: 'ts', flags: [], code: body.join('\n') };
  const close = body.findIndex((text, index) => index > open && text.trim().startsWith('```'));
  const [language = '', ...flags] = (body[open] as string).trim().slice(3).trim().split(/\s+/);
  const code = body.slice(open + 1, close === -1 ? undefined : close).join('\n');
  return { path, line: line + open + 1, language: language === '' ? 'ts' : language, flags, code };
}
