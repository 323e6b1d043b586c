import { mask } from './mask.js';
import { lineAt, type SourceFile } from './tree.js';

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** `import … from`, `export … from`, `import '…'`, `import('…')` in code and in types. */
const IMPORT = /\b(?:import|export)\b[^;'"`]*?\bfrom\s*(?=['"])|\bimport\s*\(?\s*(?=['"])/g;

export function importsOf(file: SourceFile): readonly Import[] {
  const { code } = mask(file.text);
  return [...code.matchAll(IMPORT)].map((match) => {
    const quote = match.index + match[0].length;
    const end = file.text.indexOf(file.text[quote] as string, quote + 1);
    return { specifier: file.text.slice(quote + 1, end), line: lineAt(file.text, quote) };
  });
}
