/**
 * Query strings of trackers. Values are bytes, not text: `info_hash=%12%00…` is no UTF-8, so the usual readers of
 * query strings destroy it.
 */

/** Calls back with each raw key and raw value, in order; `&&` and a value without `=` are harmless. */
export function eachParameter(query: string, visit: (key: string, value: string) => void): void {
  let start = 0;
  while (start < query.length) {
    let end = query.indexOf('&', start);
    if (end === -1) end = query.length;
    const equals = query.indexOf('=', start);
    if (equals !== -1 && equals < end) visit(query.slice(start, equals), query.slice(equals + 1, end));
    start = end + 1;
  }
}

/**
 * Undoes percent-encoding, one character per byte; undefined when a percent sign is not followed by two hexadecimal digits.
 * A plus sign stays a plus sign (RFC 3986): the other reading belongs to HTML forms.
 */
export function percentDecoded(value: string): string | undefined {
  if (!value.includes('%')) return value;
  const codes: number[] = [];
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code !== PERCENT) {
      codes.push(code);
      continue;
    }
    const high = DIGITS[value.charCodeAt(at + 1)];
    const low = DIGITS[value.charCodeAt(at + 2)];
    // Behind the end charCodeAt is NaN, which finds no digit either.
    if (high === undefined || low === undefined || high === NO_DIGIT || low === NO_DIGIT) return undefined;
    codes.push(high * 16 + low);
    at += 2;
  }
  return String.fromCharCode(...codes);
}

const PERCENT = 0x25;
const NO_DIGIT = 255;
const DIGITS = new Uint8Array(256).fill(NO_DIGIT);
for (let digit = 0; digit < 16; digit++) {
  DIGITS[digit.toString(16).charCodeAt(0)] = digit;
  DIGITS[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}
