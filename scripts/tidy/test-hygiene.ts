import type { Finding } from './finding.js';
import { mask } from './mask.js';
import { isCode, lineAt, type SourceFile } from './tree.js';

const RULE = 'test-hygiene';
const FAKES = 'write a fake with behaviour and pass it in; our cores take everything as arguments';
const SLEEP = 'wait for an event or count work; machines are noisy, so elapsed time proves nothing';

/** `it.`, `describe.concurrent.` …: what stands before a modifier. */
const RUNNER = String.raw`\b(?:describe|it|test|suite|bench|context|ctx|task)\s*(?:\.\s*\w+\s*)*\.\s*`;

const BANNED: readonly (readonly [pattern: RegExp, message: string])[] = [
  [new RegExp(`${RUNNER}only\\b(?=\\s*[.(\`])`, 'g'), 'no `.only`: it silences every other test'],
  [/\bvi\s*\.\s*(mock|doMock|hoisted|stubGlobal|stubEnv)\b/g, `no module mocks: ${FAKES}`],
  [/\bvi\s*\.\s*(useFakeTimers|setSystemTime|advanceTimers\w*)\b/g, `no fake timers: ${FAKES}`],
];

const SLEEPS: readonly RegExp[] = [
  /\bnew\s+Promise\b[^;]{0,120}?\bsetTimeout\s*\(/g,
  /\bawait\s+(sleep|delay|wait|pause)\s*\(/g,
  /\bawait\s+setTimeout\s*\(/g,
  /\bAtomics\s*\.\s*wait\s*\(/g,
];

/** What makes a suite lie, or fail on somebody else's machine. */
export function testHygiene(file: SourceFile): readonly Finding[] {
  if (!isCode(file.path) || !/\/test\/|\.test\.ts$/.test(file.path)) return [];
  const { code, comments } = mask(file.text);
  const found: Finding[] = [];
  const addAll = (pattern: RegExp, message: string): void => {
    for (const { index } of code.matchAll(pattern)) {
      found.push({ path: file.path, line: lineAt(file.text, index), rule: RULE, message });
    }
  };
  for (const [pattern, message] of BANNED) addAll(pattern, message);
  if (file.path.startsWith('packages/')) for (const pattern of SLEEPS) addAll(pattern, `no sleeping: ${SLEEP}`);

  const commentLines = comments.split('\n');
  for (const { index } of code.matchAll(new RegExp(`${RUNNER}(skip|todo)\\b(?=\\s*[.(\`])`, 'g'))) {
    const line = lineAt(file.text, index);
    const reason = `${commentLines[line - 2] ?? ''} ${commentLines[line - 1] ?? ''}`;
    if (/\w+\s+\w+/.test(reason)) continue;
    const message = 'say why it is skipped in a comment above, or use skipIf with the condition';
    found.push({ path: file.path, line, rule: RULE, message });
  }
  return found;
}
