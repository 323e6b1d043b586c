import { surfacesOf } from './examples.js';
import type { Finding } from './finding.js';
import { lineAt } from './tree.js';
import type { Workspace } from './workspace.js';

const RULE = 'documented';

/** What a package exports is explained where it is declared; what can be called is shown in use. */
export function documented(workspace: Workspace): readonly Finding[] {
  const sources = workspace.files.filter(({ path }) => path.startsWith(`${workspace.folder}/src/`));
  const names = new Set(surfacesOf(workspace).flatMap((surface) => surface.names));
  return [...names].flatMap((name) => {
    const declaration = new RegExp(
      `((?:/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\s*)?)^export\\s+(?:declare\\s+)?(?:abstract\\s+)?(?:async\\s+)?` +
        `(?<kind>function\\*?|class|const|let|interface|type)\\s+${name}\\b`,
      'm',
    );
    for (const { path, text } of sources) {
      const match = declaration.exec(text);
      if (match === null) continue;
      const line = lineAt(text, match.index + (match[1] as string).length);
      const at = { path, line, rule: RULE };
      if (match[1] === '') return [{ ...at, message: `${name} is public: say in a doc comment what it is for` }];
      const isCallable = /^(function|class)/.test(match.groups?.['kind'] ?? '');
      if (!isCallable || match[1]?.includes('@example') === true) return [];
      return [{ ...at, message: `${name} is public: add an @example to its doc comment` }];
    }
    const message = `no declaration of ${name} found below src/; export it under the name it is declared with`;
    return [{ path: `${workspace.folder}/src/index.ts`, line: 1, rule: RULE, message }];
  });
}
