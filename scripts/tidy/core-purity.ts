import type { Finding } from './finding.js';
import { mask } from './mask.js';
import { isCode, lineAt, type SourceFile } from './tree.js';
import { isCore } from './workspace.js';

const RULE = 'core-purity';
const TIMER = 'a machine says when it wants to be woken: set deadlineMs, the edge keeps the one timer';
const WAITING = 'a core never waits: return an action, and take the outcome as an event';

/** What a core must not reach for, and where the same thing comes from instead. */
const BANNED: readonly (readonly [pattern: RegExp, name: string, instead: string])[] = [
  [/\bDate\s*\.\s*(now|UTC|parse)\b/g, 'Date', 'time is the argument nowMs'],
  [/\bnew\s+Date\b|(?<![.\w$])Date\s*\(/g, 'Date', 'time is the argument nowMs; dates in data stay numbers'],
  [/\bMath\s*\.\s*random\b/g, 'Math.random', 'chance is the argument randomBelow(bound)'],
  [global('performance'), 'performance', 'time is the argument nowMs'],
  [call('setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|queueMicrotask'), 'timers', TIMER],
  [/(?<![.\w$])async\b\s*(?=function\b|\(|\*|[\w$[])/g, 'async', WAITING],
  [/(?<![.\w$])await\b/g, 'await', WAITING],
  [/(?<![.\w$])Promise\b(?!\s*[:?])/g, 'Promise', WAITING],
  [global('Buffer'), 'Buffer', 'bytes are Uint8Array'],
  [global('console'), 'console', 'a library prints nothing: return an action, or throw a typed error'],
  [global('process'), 'process', 'settings are arguments'],
  [global('crypto'), 'crypto', 'hashing is an argument (Sha1), chance is randomBelow(bound)'],
  [call('fetch'), 'fetch', 'return an action such as fetch-url; the edge performs it'],
  [global('globalThis'), 'globalThis', 'take what you need as an argument'],
  [/(?<![.\w$])(eval\s*\(|new\s+Function\b)/g, 'eval', 'write the code'],
  [/(?<![.\w$])require\s*\(/g, 'require', 'import it, in the edge'],
];

/** Ambient declarations would let a core name what it does not have. One file may: the text codec. */
const AMBIENT = /(?<![.\w$])declare\s+(global|const|let|var|function|class|module|namespace)\b/g;

/** The compiler bans most of this (`lib: ["ES2022"], types: []`); this bans the rest, and says what to do. */
export function corePurity(file: SourceFile): readonly Finding[] {
  if (!isCore(file.path) || !isCode(file.path)) return [];
  const { code } = mask(file.text);
  const found = BANNED.flatMap(([pattern, name, instead]) =>
    [...code.matchAll(pattern)].map((match) => finding(file, match.index, `no ${name} in a core: ${instead}`)),
  );
  if (!file.path.endsWith('/src/text-codec.d.ts')) {
    for (const match of code.matchAll(AMBIENT)) {
      const message = 'no ambient declarations in a core: take it as an argument (text codecs: src/text-codec.d.ts)';
      found.push(finding(file, match.index, message));
    }
  }
  return found;
}

/** A free name: not a property, not a key. */
function global(name: string): RegExp {
  return new RegExp(`(?<![.\\w$])${name}\\b(?!\\s*\\??:)`, 'g');
}

/** A call of a free name; the definition of a method of that name is not one. */
function call(names: string): RegExp {
  return new RegExp(`(?<![.\\w$])(?<!function\\s)(${names})\\s*\\((?![^()]*\\)\\s*(?::[^;=]*)?\\{)`, 'g');
}

function finding(file: SourceFile, offset: number, message: string): Finding {
  return { path: file.path, line: lineAt(file.text, offset), rule: RULE, message };
}
