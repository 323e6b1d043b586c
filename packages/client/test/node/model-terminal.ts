import { displayWidth } from '../../src/node/command/format.js';

/** As much of a terminal as a live view uses. Lines that become too wide wrap, as terminals do it that keep what was written. */
export class ModelTerminal {
  /** As wide as it is; what is there flows anew when it changes. */
  columns: number;
  isCursorVisible = true;
  /** Lines as they were written, however many rows each takes. The cursor stands in the last, or above it. */
  lines: string[] = [''];
  #line = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  write(text: string): void {
    for (const token of text.match(/\p{Cc}\[\??\d*[A-Za-z]|./gsu) ?? []) this.#take(token);
  }

  #take(token: string): void {
    if (token === '\u001b[?25l') this.isCursorVisible = false;
    else if (token === '\u001b[?25h') this.isCursorVisible = true;
    else if (token === '\u001b[J') {
      this.lines = this.lines.slice(0, this.#line + 1);
      this.lines[this.#line] = cells(this.lines[this.#line]!, 0, this.#column);
    } else if (/^.\[\d*A$/su.test(token)) this.#up(Number(token.slice(2, -1)));
    else if (token === '\r') this.#column = this.#rowOfCursor() * this.columns;
    else if (token === '\n') {
      this.#line++;
      this.#column = 0;
      if (this.#line === this.lines.length) this.lines.push('');
    } else {
      const line = this.lines[this.#line]!;
      if (displayWidth(line) !== this.#column) throw new Error('it writes over what stands there');
      this.lines[this.#line] = line + token;
      this.#column += displayWidth(token);
    }
  }

  /** After the last column it still stands in the row that it has filled, until something more is written. */
  #rowOfCursor(): number {
    return Math.floor(Math.max(0, this.#column - 1) / this.columns);
  }

  #up(rowCount: number): void {
    for (let row = 0; row < rowCount; row++) {
      if (this.#column >= this.columns) this.#column -= this.columns;
      else if (this.#line === 0) return;
      else {
        this.#line--;
        this.#column = Math.max(0, this.#rowsOf(this.#line) - 1) * this.columns;
      }
    }
  }

  #rowsOf(line: number): number {
    return Math.max(1, Math.ceil(displayWidth(this.lines[line]!) / this.columns));
  }
}

function cells(text: string, start: number, end: number): string {
  let width = 0;
  let kept = '';
  for (const character of text) {
    if (width >= start && width < end) kept += character;
    width += displayWidth(character);
  }
  return kept;
}
