// `npm run docs:picture`: runs the README's test command and draws what it really printed as docs/npm-test.svg.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const COMMAND = 'npm ci && npm test';
const CHARS_PER_LINE = 100;
const CHAR_WIDTH = 8.4;
const LINE_HEIGHT = 20;
const PADDING = 20;
const HEADER = 36;

const root = join(import.meta.dirname, '..');
// With --force: a picture of cached results would show a speed that nobody gets the first time.
const command = COMMAND.replace('npm test', 'npm test -- --force');
const { stdout, status } = spawnSync(command, {
  cwd: root,
  shell: true,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
if (status !== 0) {
  console.error(`${stdout}\nno picture: ${COMMAND} failed`);
  process.exit(1);
}
writeFileSync(join(root, 'docs', 'npm-test.svg'), draw(`$ ${COMMAND}`, stdout));

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
  <title>Output of ${escapeXml(COMMAND)}</title>
  <style>
    text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #c9d1d9 }
    .prompt { fill: #ffffff; font-weight: bold }
    .quiet { fill: #8b949e }
    .good { fill: #3fb950 }
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
  if (/^\d+ passed/.test(line)) return 'total';
  if (/^ {2}\S+ +\d+ passed/.test(line)) return 'good';
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
