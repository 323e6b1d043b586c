import { deflateSync, gzipSync } from 'node:zlib';
import type { HttpChange } from '../scenario/tracker-scenario.js';
import type { DeliveryStep } from './http-answer.js';
import { reasonPhrase } from './status.js';

export interface Draft {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly keepAlive: boolean;
  /** What was asked, for redirects that come back to it. */
  readonly target: string;
  /** `http://127.0.0.1:6969`. */
  readonly origin: string;
}

/** Turns a body into the steps by which a rule wants it delivered. */
export function alteredDelivery(draft: Draft, change: HttpChange): readonly DeliveryStep[] {
  const steps: DeliveryStep[] = [];
  if (change.waitMs !== undefined) steps.push({ type: 'wait', ms: change.waitMs });
  if (change.silence === true) return [...steps, { type: 'hold' }];
  const response = respond(draft, change);
  const limit = change.resetAt ?? change.closeAt;
  const head = limit === undefined ? response.head : response.head.subarray(0, limit);
  const body =
    limit === undefined ? response.body : response.body.subarray(0, Math.max(0, limit - response.head.length));
  pushPaced(steps, head, change.slowHead);
  pushPaced(steps, body, change.slowBody);
  const isCut = limit !== undefined && limit <= response.head.length + response.body.length;
  if (!isCut && response.flood !== undefined) steps.push(response.flood, { type: 'send', bytes: response.tail });
  if (change.resetAt !== undefined) steps.push({ type: 'reset' });
  else if (change.closeAt !== undefined || response.closes) steps.push({ type: 'close' });
  return steps;
}

interface Response {
  readonly head: Buffer;
  readonly body: Buffer;
  /** Sent behind the body, and what ends it, if it ever ends. */
  readonly flood: DeliveryStep | undefined;
  readonly tail: Buffer;
  readonly closes: boolean;
}

function respond(draft: Draft, change: HttpChange): Response {
  const isEndless = change.endless !== undefined && change.endless !== false;
  const isStreamed = isEndless || change.encoding === 'gzip-bomb';
  const transfer = change.transfer ?? (isStreamed ? 'until-close' : 'length');
  const content = isEndless ? unfinished(draft.body) : encoded(draft.body, change);
  const headers = headersOf(draft, change);
  // RFC 9112, 6.1: a message with both framings is an attack or a mistake; here only a rule can ask for it.
  if (transfer === 'length') headers.set('Content-Length', `${content.length}`);
  if (transfer.startsWith('chunked')) headers.set('Transfer-Encoding', 'chunked');
  if (change.contentLength !== undefined) headers.set('Content-Length', `${change.contentLength}`);
  const closes = !draft.keepAlive || transfer === 'until-close' || transfer === 'chunked-bad-size';
  headers.set('Connection', closes ? 'close' : 'keep-alive');
  override(headers, change.headers ?? {});
  const status = change.status ?? (change.redirect === undefined ? draft.status : 302);
  const lines = [
    `HTTP/1.1 ${status} ${reasonPhrase(status)}`,
    ...[...headers].map(([name, value]) => `${name}: ${value}`),
  ];
  return {
    head: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'),
    body: framed(content, transfer, isStreamed),
    flood: floodOf(change, transfer),
    tail: Buffer.from(transfer === 'chunked' ? '0\r\n\r\n' : ''),
    closes,
  };
}

function headersOf(draft: Draft, change: HttpChange): Map<string, string> {
  const headers = new Map([['Content-Type', draft.contentType]]);
  if (change.redirect !== undefined) headers.set('Location', locationOf(draft, change.redirect));
  const encoding = change.encoding;
  if (encoding === 'deflate') headers.set('Content-Encoding', 'deflate');
  else if (encoding !== undefined && encoding !== 'gzip-unlabelled') headers.set('Content-Encoding', 'gzip');
  return headers;
}

function locationOf(draft: Draft, redirect: string): string {
  if (redirect === 'loop') return draft.origin + draft.target;
  const question = draft.target.indexOf('?');
  const query = question === -1 ? '' : draft.target.slice(question + 1);
  // Functions, because `$&` in a replacement text would be read as a pattern.
  return redirect.replaceAll('{url}', () => draft.origin).replaceAll('{query}', () => query);
}

/** Header names are compared without case, as HTTP does, so that a rule can replace any of ours. */
function override(headers: Map<string, string>, changes: NonNullable<HttpChange['headers']>): void {
  for (const [name, value] of Object.entries(changes)) {
    for (const known of [...headers.keys()]) {
      if (known.toLowerCase() === name.toLowerCase()) headers.delete(known);
    }
    if (value !== null) headers.set(name, value);
  }
}

function encoded(body: Buffer, change: HttpChange): Buffer {
  switch (change.encoding) {
    case undefined:
      return body;
    case 'deflate':
      return deflateSync(body);
    case 'gzip-bomb':
      return Buffer.alloc(0);
    case 'gzip-cut': {
      const whole = gzipSync(body);
      // The last eight bytes are checksum and length: without them and half of the rest nothing can look complete.
      return whole.subarray(0, Math.floor((whole.length - 8) / 2));
    }
    case 'gzip-corrupt': {
      const whole = gzipSync(body);
      for (let at = 10; at < whole.length; at++) whole[at] = whole[at]! ^ 0x55;
      return whole;
    }
    default:
      return gzipSync(body);
  }
}

function framed(content: Buffer, transfer: NonNullable<HttpChange['transfer']>, goesOn: boolean): Buffer {
  if (transfer === 'chunked-bad-size')
    return Buffer.concat([Buffer.from('zz\r\n'), content, Buffer.from('\r\n0\r\n\r\n')]);
  if (transfer !== 'chunked' && transfer !== 'chunked-endless') return content;
  // Two chunks at least: a reader that takes the first for everything shows itself.
  const middle = Math.ceil(content.length / 2);
  const chunks = [content.subarray(0, middle), content.subarray(middle)].filter((part) => part.length > 0).map(chunk);
  const end = goesOn || transfer === 'chunked-endless' ? '' : '0\r\n\r\n';
  return Buffer.concat([...chunks, Buffer.from(end)]);
}

function chunk(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from('\r\n')]);
}

/** The dictionary goes on with a string of 1 TiB: what follows is not junk, so a reader cannot stop early for that. */
function unfinished(body: Buffer): Buffer {
  return Buffer.concat([body.subarray(0, Math.max(0, body.length - 1)), Buffer.from('3:zzz1099511627776:')]);
}

function floodOf(change: HttpChange, transfer: NonNullable<HttpChange['transfer']>): DeliveryStep | undefined {
  const isChunked = transfer.startsWith('chunked');
  if (change.encoding === 'gzip-bomb') {
    const times = Math.max(1, Math.ceil((change.bombBytes ?? 2 ** 30) / BOMB_MEMBER_BYTES));
    const bytes = isChunked ? chunk(bombMember()) : bombMember();
    return { type: 'flood', bytes, bytesMax: bytes.length * times };
  }
  if (change.endless === undefined || change.endless === false) return undefined;
  const junk = Buffer.alloc(FLOOD_BYTES, 'z');
  const bytesMax = change.endless === true ? Number.MAX_SAFE_INTEGER : change.endless;
  return { type: 'flood', bytes: isChunked ? chunk(junk) : junk, bytesMax };
}

let member: Buffer | undefined;

/** RFC 1952, 2.2: members follow each other, and unpack to their contents behind each other. Made once, it is 16 KB. */
function bombMember(): Buffer {
  member ??= gzipSync(Buffer.alloc(BOMB_MEMBER_BYTES), { level: 9 });
  return member;
}

function pushPaced(steps: DeliveryStep[], bytes: Buffer, pace: HttpChange['slowHead']): void {
  if (bytes.length === 0) return;
  if (pace === undefined) steps.push({ type: 'send', bytes });
  else steps.push({ type: 'drip', bytes, stepBytes: pace.bytes, everyMs: pace.everyMs });
}

const BOMB_MEMBER_BYTES = 2 ** 24;
const FLOOD_BYTES = 16_384;
