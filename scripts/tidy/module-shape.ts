import type { Finding } from './finding.js';
import { mask } from './mask.js';
import { isCode, lineAt, type SourceFile } from './tree.js';

const RULE = 'module-shape';
const VAGUE = /(^|\/)(utils?|common|types|helpers?|misc|shared)(\/|\.(d\.)?[mc]?[tj]s$)/;
const KEBAB = /^[a-z0-9]+([.-][a-z0-9]+)*\.(ts|mts|mjs|js)$/;

/** One noun per file, exported by name. */
export function moduleShape(file: SourceFile): readonly Finding[] {
  if (!isCode(file.path)) return [];
  const found: Finding[] = [];
  const add = (line: number, message: string): void => {
    found.push({ path: file.path, line, rule: RULE, message });
  };
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  if (VAGUE.test(file.path)) add(1, 'a name that says nothing: name the file after the noun it holds');
  if (!KEBAB.test(name)) add(1, `name files in kebab-case: ${kebab(name)}`);

  const { code } = mask(file.text);
  for (const match of code.matchAll(/\bexport\s*(type\s*)?\*/g)) {
    add(lineAt(file.text, match.index), 'no `export *`: re-export each name, so that the public surface can be read');
  }
  // Vitest finds its configuration by the default export.
  if (!/(^|\/)vitest\.config\.ts$/.test(file.path)) {
    for (const match of code.matchAll(/\bexport\s+default\b|\bas\s+default\b/g)) {
      add(lineAt(file.text, match.index), 'no default exports: export it by name, so that it has one name everywhere');
    }
  }
  if (/\/src\/(node\/)?index\.ts$/.test(file.path)) {
    const logic = /^(?!export\b|import\b|[\s}])\S|^export\s+(?!\{|type\s*\{)/m.exec(code);
    if (logic !== null) add(lineAt(file.text, logic.index), 'index.ts re-exports by name and holds nothing of its own');
  }
  return found;
}

function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
}
