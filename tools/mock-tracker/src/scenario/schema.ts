/**
 * Checks of plain data that come with good errors: `rules[2].do.http.status: expected …, found …`. Each checker looks
 * at one value and reports every problem it finds, so that a person repairs a file in one go.
 */
export type Checker = (value: unknown, path: string, report: (problem: string) => void) => void;

export type Fields = { readonly [key: string]: Checker };

/** A plain object with only these keys; `required` ones must be there. */
export function fields(known: Fields, required: readonly string[] = []): Checker {
  // A Map: a key called `__proto__` in the file must find nothing.
  const checkers = new Map(Object.entries(known));
  return (value, path, report) => {
    if (!isRecord(value)) return report(`${path}: expected an object, found ${show(value)}`);
    for (const [key, child] of Object.entries(value)) {
      const checker = checkers.get(key);
      const at = path === '' ? key : `${path}.${key}`;
      if (checker !== undefined) checker(child, at, report);
      else report(`${at}: unknown key${hint(key, [...checkers.keys()])}`);
    }
    for (const key of required) {
      if (!Object.hasOwn(value, key)) report(`${path === '' ? key : `${path}.${key}`}: is missing`);
    }
  };
}

/** Any keys, each value of one kind. */
export function record(entry: Checker): Checker {
  return (value, path, report) => {
    if (!isRecord(value)) return report(`${path}: expected an object, found ${show(value)}`);
    for (const [key, child] of Object.entries(value)) entry(child, `${path}.${key}`, report);
  };
}

export function list(item: Checker, countMax: number): Checker {
  return (value, path, report) => {
    if (!Array.isArray(value)) return report(`${path}: expected a list, found ${show(value)}`);
    if (value.length > countMax) return report(`${path}: has ${value.length} entries, at most ${countMax} are allowed`);
    for (const [index, child] of value.entries()) item(child, `${path}[${index}]`, report);
  };
}

/** One thing, or a list of them. */
export function oneOrMore(item: Checker, countMax: number): Checker {
  const several = list(item, countMax);
  return (value, path, report) => (Array.isArray(value) ? several : item)(value, path, report);
}

/** A value that passes `test`; `expected` finishes the sentence "expected …". */
export function that(expected: string, test: (value: unknown) => boolean): Checker {
  return (value, path, report) => {
    if (!test(value)) report(`${path}: expected ${expected}, found ${show(value)}`);
  };
}

export function wholeNumber(min: number, max: number): Checker {
  return that(`a whole number from ${min} to ${max}`, (value) => isWhole(value) && value >= min && value <= max);
}

export function text(lengthMax = 4_096): Checker {
  return that(
    `a text of at most ${lengthMax} characters`,
    (value) => typeof value === 'string' && value.length <= lengthMax,
  );
}

export function oneOf(...choices: readonly (string | null)[]): Checker {
  const listed = choices.map((choice) => JSON.stringify(choice)).join(', ');
  return (value, path, report) => {
    if (choices.includes(value as string | null)) return;
    const near =
      typeof value === 'string'
        ? hint(
            value,
            choices.filter((choice) => choice !== null),
          )
        : '';
    report(`${path}: expected ${choices.length > 1 ? 'one of ' : ''}${listed}, found ${show(value)}${near}`);
  };
}

export const truth: Checker = that('true or false', (value) => typeof value === 'boolean');

export function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it stands in the file, shortened; of lists and objects only what they are. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const written = JSON.stringify(value) ?? String(value);
  return written.length > 60 ? `${written.slice(0, 60)}…` : written;
}

/** The known word that a mistyped one is closest to, when it is close. */
function hint(word: string, known: readonly string[]): string {
  let best = '';
  let bestDistance = Math.min(3, word.length);
  for (const candidate of known) {
    const distance = editDistance(word.slice(0, 40).toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best === '' ? `; known: ${known.join(', ')}` : `; did you mean "${best}"?`;
}

function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const swap = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(swap, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[to.length]!;
}
