// `npm run docs:picture`: runs the README's two commands and draws what they really printed into docs/.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const CHARS_PER_LINE = 110;
const CHAR_WIDTH = 8.4;
const LINE_HEIGHT = 20;
const PADDING = 20;
const HEADER = 36;

const root = join(import.meta.dirname, '..');

record('npm ci && npm run swarm', 'npm-run-swarm.svg');
// With --force: a picture of cached results would show a speed that nobody gets the first time.
record('npm ci && npm test', 'npm-test.svg', ' -- --force');

/**
 * @param {string} command
 * @param {string} file
 * @param {string} unseen what the command gets in addition
 */
function record(command, file, unseen = '') {
  const run = spawnSync(command + unseen, { cwd: root, shell: true, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (run.status !== 0) {
    console.error(`${run.stdout}\n${run.stderr}\nno picture: ${command} failed`);
    process.exit(1);
  }
  writeFileSync(join(root, 'docs', file), draw(`$ ${command}`, run.stdout));
}

/**
 * @param {string} prompt
 * @param {string} output
 */
function draw(prompt, output) {
  const lines = [prompt, ...linesOf(output)];
  const width = Math.ceil(CHARS_PER_LINE * CHAR_WIDTH + 2 * PADDING);
  const height = HEADER + lines.length * LINE_HEIGHT + PADDING;
  const texts = lines.map((line, index) => {
    const y = HEADER + (index + 1) * LINE_HEIGHT - 5;
    return `  <text x="${PADDING}" y="${y}" class="${kindOf(line)}" xml:space="preserve">${escapeXml(line)}</text>`;
  });
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, index) => `  <circle cx="${PADDING + 6 + index * 20}" cy="20" r="6" fill="${colour}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
  <title>${escapeXml(prompt)}</title>
  <style>
    text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #c9d1d9 }
    .prompt { fill: #ffffff; font-weight: bold }
    .quiet { fill: #8b949e }
    .good { fill: #3fb950 }
    .bad { fill: #d29922 }
    .total { fill: #3fb950; font-weight: bold }
  </style>
  <rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${dots.join('\n')}
${texts.join('\n')}
</svg>
`;
}

/**
 * What a person sees, without colours, npm's own lines, runs of empty lines and the paths of this machine.
 *
 * @param {string} output
 */
function linesOf(output) {
  const lines = stripVTControlCharacters(output)
    .replaceAll(root, '.')
    .split('\n')
    .map((line) => shorten(line.trimEnd()))
    .filter((line) => !line.startsWith('>') && !line.startsWith('npm '));
  return lines.filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== '')).filter(isNotLast);
}

/**
 * @param {string} line
 * @param {number} index
 * @param {readonly string[]} lines
 */
function isNotLast(line, index, lines) {
  return line !== '' || index < lines.length - 1;
}

/** @param {string} line */
function kindOf(line) {
  if (line.startsWith('$')) return 'prompt';
  if (/^\d+ passed|^Every leech is complete/.test(line)) return 'total';
  if (/^ {2}\S+ +\d+ passed|: complete and verified$/.test(line)) return 'good';
  if (/\b(banned|was false)\b/.test(line)) return 'bad';
  return 'quiet';
}

/** @param {string} text */
function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** @param {string} line */
function shorten(line) {
  return line.length <= CHARS_PER_LINE ? line : `${line.slice(0, CHARS_PER_LINE - 1)}…`;
}
