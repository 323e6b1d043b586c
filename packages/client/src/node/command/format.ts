const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes as people read them: MiB when it is MiB. */
export function formatBytes(bytes: number): string {
  const whole = Math.round(bytes);
  let power = whole < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(whole) / 10));
  // 1023.96 KiB would read as 1024.0 KiB.
  if (power > 0 && power < UNITS.length - 1 && (whole / 1024 ** power).toFixed(1) === '1024.0') power++;
  return `${power === 0 ? whole : (whole / 1024 ** power).toFixed(1)} ${UNITS[power]}`;
}

/** A duration: `4m51s`. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.ceil(seconds);
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor((whole % 86_400) / 3600),
    Math.floor((whole % 3600) / 60),
  ];
  if (days > 0) return `${days}d${hours}h`;
  if (hours > 0) return `${hours}h${minutes}m`;
  return minutes > 0 ? `${minutes}m${whole % 60}s` : `${whole}s`;
}

export function counted(count: number | undefined, noun: string): string {
  return `${count ?? '?'} ${noun}${count === 1 ? '' : 's'}`;
}

export function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');
}

/**
 * What a stranger chose, made harmless for a terminal: controls, escapes, and what turns the direction of writing around
 * are shown as a sign instead of being obeyed.
 */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0)!;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? '␡' : '�';
  });
}

/** As {@link printable}, but lines stay lines: for a comment of several. */
export function printableLines(text: string): string {
  return text.split(/\r?\n/).map(printable).join('\n');
}

/** As a shell takes it for one word. */
export function shellWord(text: string): string {
  return /^[\w./,:@%+=-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`;
}

const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const WITHOUT_WIDTH = /^[\p{Mn}\p{Me}]$/u;
/** Our own colours take no cell; a stranger's have become signs before they come here. */
const TOKENS = /\p{Cc}\[\d+m|./gsu;

/** Cells that a text takes on a terminal. */
export function displayWidth(text: string): number {
  return (text.match(TOKENS) ?? []).reduce((width, token) => width + widthOf(token), 0);
}

/** The text in at most so many cells; what is cut off leaves an ellipsis. */
export function fit(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let room = width - 1;
  for (const token of text.match(TOKENS) ?? []) {
    const isColour = token.length > 1 && token.startsWith('\u001b');
    if (!isColour) room -= widthOf(token);
    // Colours are taken over to the end, so that the last of them switches all others off.
    if (isColour || room >= 0) kept += token;
    else room = Number.NEGATIVE_INFINITY;
  }
  return width < 1 ? '' : `${kept}…`;
}

/** The text in lines of at most so many cells, broken between words; what the last of them does not hold leaves an ellipsis. */
export function wrap(text: string, width: number, lineCountMax: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length === 0 || (lines.length < lineCountMax && displayWidth(longer) > width)) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => fit(line, width));
}

function widthOf(token: string): number {
  if (token < '\u0300') return token.startsWith('\u001b') ? 0 : 1;
  if (WITHOUT_WIDTH.test(token)) return 0;
  return WIDE.test(token) ? 2 : 1;
}
