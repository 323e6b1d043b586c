/** What the model client reads: text as one character a byte, as it needs nothing else. */
export type Read = number | bigint | string | readonly Read[] | ReadonlyMap<string, Read>;

const DEPTH_MAX = 60;

/** Reads one value at the start; undefined for whatever is not bencode, or too deep. */
export function read(bytes: Uint8Array): { value: Read; end: number } | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  let at = 0;
  const value = (depth: number): Read => {
    if (depth > DEPTH_MAX) throw new Error('too deep');
    const char = text[at];
    if (char === 'i') {
      const match = /^i(-?\d{1,30})e/.exec(text.slice(at, at + 40));
      if (match === null) throw new Error('integer');
      at += match[0].length;
      const number = Number(match[1]);
      return Number.isSafeInteger(number) ? number : BigInt(match[1]!);
    }
    if (char === 'l') {
      const list: Read[] = [];
      for (at++; text[at] !== 'e'; ) list.push(value(depth + 1));
      at++;
      return list;
    }
    if (char === 'd') {
      const map = new Map<string, Read>();
      for (at++; text[at] !== 'e'; ) map.set(string(), value(depth + 1));
      at++;
      return map;
    }
    return string();
  };
  const string = (): string => {
    const match = /^(\d{1,9}):/.exec(text.slice(at, at + 12));
    if (match === null) throw new Error('string');
    const start = at + match[0].length;
    const end = start + Number(match[1]);
    if (end > text.length) throw new Error('too short');
    at = end;
    return text.slice(start, end);
  };
  try {
    return { value: value(0), end: at };
  } catch {
    // Any defect is the same to whoever asks.
    return undefined;
  }
}

export function readDict(bytes: Uint8Array): ReadonlyMap<string, Read> | undefined {
  const found = read(bytes)?.value;
  return found instanceof Map ? found : undefined;
}

/** The bytes of `info` as they stand. */
export function infoBytesOf(file: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(file).toString('latin1');
  const at = text.indexOf('4:infod');
  if (at < 0) return undefined;
  const start = at + 6;
  const end = read(file.subarray(start))?.end;
  return end === undefined ? undefined : file.subarray(start, start + end);
}
