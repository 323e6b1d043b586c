/** A key, one character per byte, and its value. */
export type Entry = readonly [key: string, value: unknown];

/** Characters that UTF-8 writes as themselves. */
const ASCII = /^[\0-\x7f]*$/;
const SINGLE_BYTES = /^[\0-\xff]*$/;

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The entries of a map whose keys are bytes, sorted. `refuse` makes the error for a key that is not. */
export function byteEntries(map: ReadonlyMap<unknown, unknown>, refuse: (key: unknown) => Error): Iterable<Entry> {
  let last = '';
  let isSorted = true;
  for (const key of map.keys()) {
    if (typeof key !== 'string' || !SINGLE_BYTES.test(key)) throw refuse(key);
    if (key < last) isSorted = false;
    last = key;
  }
  const entries = map as ReadonlyMap<string, unknown>;
  return isSorted ? entries : [...entries].sort(byKey);
}

/** The entries of an object whose keys are text: as UTF-8, sorted as bytes (which is not how JavaScript sorts text). */
export function textEntries(object: Readonly<Record<string, unknown>>): readonly Entry[] {
  const entries: Entry[] = [];
  let last = '';
  let isSorted = true;
  for (const text of Object.keys(object)) {
    const key = ASCII.test(text) ? text : String.fromCharCode(...utf8(text));
    if (key < last) isSorted = false;
    last = key;
    entries.push([key, object[text]]);
  }
  return isSorted ? entries : entries.sort(byKey);
}

function byKey([one]: Entry, [other]: Entry): number {
  return one < other ? -1 : 1;
}
