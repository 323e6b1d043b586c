import { HEAD_BYTES_MAX, HEADER_LINES_MAX } from '../limits.js';

/** The head of a GET request: what this tracker needs of it, as text with one character per byte. */
export interface RequestHead {
  readonly type: 'head';
  /** Everything behind the method: path and query, still percent-encoded. */
  readonly target: string;
  /** Whether the connection stays open behind the answer. */
  readonly keepAlive: boolean;
  readonly host: string | undefined;
  readonly userAgent: string | undefined;
  readonly accept: string | undefined;
  /** Where the next request starts. */
  readonly end: number;
}

/** A request that is refused, and closes the connection: where the next one would start is not certain. */
export interface RefusedHead {
  readonly type: 'refused';
  readonly status: 400 | 405 | 413 | 431 | 505;
  readonly reason: string;
}

/**
 * Reads one request head from `bytes`, from `start` on; undefined while its end is not there yet.
 *
 * Only what a tracker client sends is taken: GET without a body, CRLF line ends, at most 8 KiB (RFC 9112 lets a server be
 * this strict, and leaves no room for two readings of one request).
 */
export function readRequestHead(bytes: Buffer, start: number): RequestHead | RefusedHead | undefined {
  const available = bytes.length - start;
  if (available <= 0) return undefined;
  const early = misstart(bytes, start);
  if (early !== undefined) return early;
  const headEnd = bytes.indexOf('\r\n\r\n', start, 'latin1');
  if (headEnd === -1 || headEnd - start > HEAD_BYTES_MAX - 4) {
    if (available >= HEAD_BYTES_MAX) return refused(431, `the request head is longer than ${HEAD_BYTES_MAX} bytes`);
    return undefined;
  }
  const lineEnd = bytes.indexOf('\r\n', start, 'latin1');
  const target = readTarget(bytes, start + 4, lineEnd);
  if (typeof target !== 'string') return target;
  return readFields(bytes, lineEnd, headEnd, target, bytes[lineEnd - 1] === ONE);
}

/** A wrong method is known from the first bytes: nobody has to wait for the rest of a TLS hello or a giant POST. */
function misstart(bytes: Buffer, start: number): RefusedHead | undefined {
  const length = Math.min(4, bytes.length - start);
  for (let index = 0; index < length; index++) {
    if (bytes[start + index] === GET.charCodeAt(index)) continue;
    const word = /^[A-Z]{1,16}/.exec(bytes.toString('latin1', start, Math.min(start + 16, bytes.length)))?.[0];
    if (word === undefined) return refused(400, 'this is not HTTP');
    return refused(405, `only GET is answered here, not ${word}`);
  }
  return undefined;
}

function readTarget(bytes: Buffer, start: number, lineEnd: number): string | RefusedHead {
  let end = start;
  while (end < lineEnd && bytes[end]! > SPACE && bytes[end]! < DELETE) end += 1;
  if (bytes[end] !== SPACE) return refused(400, 'the request target holds a byte that must be percent-encoded');
  const version = bytes.toString('latin1', end + 1, lineEnd);
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') {
    if (/^HTTP\/\d\.\d$/.test(version)) return refused(505, `${version} is not spoken here, HTTP/1.1 and HTTP/1.0 are`);
    return refused(400, 'the request line does not end with the HTTP version');
  }
  const target = bytes.toString('latin1', start, end);
  if (target.charCodeAt(0) === SLASH) return target;
  // RFC 9112, 3.2.2: the absolute form, as a client behind a proxy sends it, must be understood as well.
  const path = /^https?:\/\/[^/?#]+(\/.*)?$/i.exec(target);
  return path === null ? refused(400, 'the request target must start with a slash') : (path[1] ?? '/');
}

function readFields(
  bytes: Buffer,
  fieldsStart: number,
  headEnd: number,
  target: string,
  isVersion11: boolean,
): RequestHead | RefusedHead {
  let keepAlive = isVersion11;
  let host: string | undefined;
  let userAgent: string | undefined;
  let accept: string | undefined;
  let lineCount = 0;
  for (let line = fieldsStart + 2; line < headEnd; ) {
    lineCount += 1;
    if (lineCount > HEADER_LINES_MAX) return refused(431, `more than ${HEADER_LINES_MAX} header lines`);
    let colon = line;
    while (isNameByte(bytes[colon]!)) colon += 1;
    if (bytes[colon] !== COLON || colon === line) return refused(400, `header line ${lineCount} has no valid name`);
    let end = colon + 1;
    // headEnd points at the CR of the last line, so every line ends at or before it.
    while (bytes[end]! >= SPACE || bytes[end] === TAB) end += 1;
    if (bytes[end] !== CARRIAGE_RETURN || bytes[end + 1] !== LINE_FEED) {
      return refused(400, `header line ${lineCount} holds a control byte`);
    }
    switch (colon - line) {
      case 4:
        if (isNamed(bytes, line, 'host')) {
          if (host !== undefined) return refused(400, 'two Host headers');
          host = value(bytes, colon, end);
        }
        break;
      case 6:
        if (isNamed(bytes, line, 'accept')) accept = value(bytes, colon, end);
        break;
      case 10:
        if (isNamed(bytes, line, 'connection')) keepAlive = staysOpen(value(bytes, colon, end), keepAlive);
        else if (isNamed(bytes, line, 'user-agent')) userAgent = value(bytes, colon, end);
        break;
      case 14:
        if (isNamed(bytes, line, 'content-length') && value(bytes, colon, end) !== '0') return BODY_REFUSED;
        break;
      case 17:
        if (isNamed(bytes, line, 'transfer-encoding')) return BODY_REFUSED;
        break;
    }
    line = end + 2;
  }
  // RFC 9112, 3.2: a 1.1 request without Host must be answered with 400.
  if (isVersion11 && host === undefined) return refused(400, 'the Host header is missing');
  return { type: 'head', target, keepAlive, host, userAgent, accept, end: headEnd + 4 };
}

function staysOpen(connection: string, byDefault: boolean): boolean {
  const options = connection.toLowerCase();
  if (options === 'close') return false;
  if (options === 'keep-alive') return true;
  const listed = options.split(',').map((option) => option.trim());
  if (listed.includes('close')) return false;
  return listed.includes('keep-alive') || byDefault;
}

function isNamed(bytes: Buffer, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    // All letters of these names, and '-', are unchanged by the bit that makes letters lower-case.
    if ((bytes[start + index]! | 0x20) !== name.charCodeAt(index)) return false;
  }
  return true;
}

function value(bytes: Buffer, colon: number, end: number): string {
  let from = colon + 1;
  let to = end;
  while (from < to && isBlank(bytes[from]!)) from += 1;
  while (to > from && isBlank(bytes[to - 1]!)) to -= 1;
  return bytes.toString('latin1', from, to);
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

/** RFC 9110, 5.6.2: letters, digits and a few signs; anything else, a space above all, is a way to smuggle. */
function isNameByte(byte: number): boolean {
  return NAME_BYTES[byte] === 1;
}

function refused(status: RefusedHead['status'], reason: string): RefusedHead {
  return { type: 'refused', status, reason };
}

const BODY_REFUSED = refused(413, 'this tracker reads no request bodies');
const GET = 'GET ';
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const SLASH = 0x2f;
const ONE = 0x31;
const COLON = 0x3a;
const DELETE = 0x7f;

const NAME_BYTES = new Uint8Array(256);
for (const sign of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  NAME_BYTES[sign.charCodeAt(0)] = 1;
}
