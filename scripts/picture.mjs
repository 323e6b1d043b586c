// `npm run docs:picture`: runs the README's two commands, or the one that is named, and draws what they really printed into docs/.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const CHARS_PER_LINE = 110;
const CHAR_WIDTH = 8.4;
const LINE_HEIGHT = 20;
const PADDING = 20;
const HEADER = 36;
const ESCAPE = String.fromCharCode(0x1b);
/** The cursor goes back to where it began. */
const REDRAW = new RegExp(`${ESCAPE}\\[\\d+A\\r`);

const root = join(import.meta.dirname, '..');

const wanted = process.argv.slice(2);
if (wanted.length === 0 || wanted.includes('swarm')) {
  const command = 'npm ci && npm run swarm';
  record(command, onTerminal(command), 'npm-run-swarm.svg', oneMomentAndTheEnd);
}
if (wanted.length === 0 || wanted.includes('test')) {
  const command = 'npm ci && npm test';
  // With --force: a picture of cached results would show a speed that nobody gets the first time.
  record(command, `${command} -- --force`, 'npm-test.svg');
}

/**
 * @param {string} command
 * @param {string} run what is really run for it
 * @param {string} file
 * @param {(output: string) => string} choose
 */
function record(command, run, file, choose = (output) => output) {
  const env = { ...process.env, npm_config_progress: 'false' };
  const ran = spawnSync(run, { cwd: root, env, shell: true, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (ran.status !== 0) {
    console.error(`${ran.stdout}\n${ran.stderr}\nno picture: ${command} failed`);
    process.exit(1);
  }
  writeFileSync(join(root, 'docs', file), draw(`$ ${command}`, choose(ran.stdout)));
}

/**
 * As a person sees it, who has a terminal: `script` of util-linux makes one.
 *
 * @param {string} command
 */
function onTerminal(command) {
  return `script -qec 'stty cols ${CHARS_PER_LINE} rows 40 && ${command}' /dev/null`;
}

/**
 * Of what is drawn again and again in the same place: what stands before it, how it looked halfway, and what comes after it.
 *
 * @param {string} output
 */
function oneMomentAndTheEnd(output) {
  const [first = '', ...redrawn] = output.replaceAll('\r\n', '\n').split(REDRAW);
  const before = first.slice(0, first.indexOf(`${ESCAPE}[K`));
  const halfway = redrawn[Math.floor(redrawn.length / 2)] ?? '';
  const after = (redrawn.at(-1) ?? '').split(`${ESCAPE}[J`)[1] ?? '';
  return `${before}\n${halfway}\n…\n${after}`;
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
  if (/^ {2}\S+ +\d+ passed|: complete and verified$|\] ↓ /.test(line)) return 'good';
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
