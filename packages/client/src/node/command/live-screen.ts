import { displayWidth } from './format.js';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[J';

/** What is drawn on. */
export interface Screen {
  readonly write: (text: string) => void;
  readonly columns: () => number;
}

/**
 * A few lines at the bottom of a terminal that are drawn again and again in the same place. It remembers how wide what it drew
 * was: when the terminal is made narrower, lines wrap, and there are more of them to clear.
 */
export class LiveScreen {
  readonly #screen: Screen;
  #drawn: readonly string[] = [];
  #isOpen = false;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Draws these lines instead of the last ones. None may be wider than the terminal. */
  draw(lines: readonly string[]): void {
    const opening = this.#isOpen ? '' : HIDE_CURSOR;
    this.#isOpen = true;
    this.#screen.write(`${opening}${this.#clearing()}${lines.join('\r\n')}`);
    this.#drawn = lines;
  }

  /** Puts a line above, where it stays. */
  above(line: string): void {
    const lines = this.#drawn;
    this.#screen.write(`${this.#clearing()}${line}\r\n${lines.join('\r\n')}`);
  }

  /** Leaves the last lines standing, with the cursor below them. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#drawn = [];
    this.#screen.write(`\r\n${SHOW_CURSOR}`);
  }

  /** Takes the view away and gives the terminal back as it was. */
  clear(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#screen.write(`${this.#clearing()}${SHOW_CURSOR}`);
    this.#drawn = [];
  }

  /** From wherever the last drawing ended to where it began. */
  #clearing(): string {
    const columns = this.#screen.columns();
    const rowCount = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
    return `\r${rowCount > 1 ? `\u001b[${rowCount - 1}A` : ''}${CLEAR_BELOW}`;
  }
}
