import { connect, type Socket } from 'node:net';
import type { Kit } from '../../case.js';
import { bytesOf, textOf } from '../bytes.js';
import { ANSWER_BYTES_MAX, ANSWER_MS } from '../limits.js';
import type { TrackerAddress } from '../subject.js';

/** One answer of HTTP. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The end of the body was told, and not only by closing. */
  readonly isFramed: boolean;
}

/** What a connection brought. */
export interface HttpOutcome {
  readonly answers: readonly HttpAnswer[];
  /** What came behind the last whole answer. */
  readonly rest: string;
  /** The tracker closed, orderly or not. */
  readonly isClosed: boolean;
  /** Not all answers came in time. */
  readonly isLate: boolean;
}

/** How to speak on one connection. */
export interface HttpTalk {
  /** What to send, in so many writes. */
  readonly chunks: readonly string[];
  /** So many answers are waited for; default 1. */
  readonly answers?: number;
  /** The answers have no body, as to HEAD. */
  readonly isBodiless?: boolean;
  readonly limitMs?: number;
}

/** Opens a connection, sends bytes, and takes what comes until the answers are whole or the tracker closes. */
export function talkHttp(address: TrackerAddress, kit: Kit, talk: HttpTalk): Promise<HttpOutcome> {
  const wanted = talk.answers ?? 1;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.host, port: address.port, noDelay: true });
    kit.onClose(() => void socket.destroy());
    let received = '';
    let isConnected = false;
    const finish = (isClosed: boolean, isLate: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      const { answers, rest } = readAnswers(received, isClosed, talk.isBodiless === true);
      kit.log({
        received: answers.map(({ status, body }) => ({ status, body: body.slice(0, 500) })),
        isClosed,
        isLate,
      });
      resolve({ answers, rest, isClosed, isLate });
    };
    const timer = setTimeout(() => finish(false, true), talk.limitMs ?? kit.ms(ANSWER_MS));
    socket.on('connect', () => {
      isConnected = true;
      void sendChunks(socket, talk.chunks);
    });
    socket.on('data', (bytes: Uint8Array) => {
      received += textOf(bytes);
      const isWhole = readAnswers(received, false, talk.isBodiless === true).answers.length >= wanted;
      if (isWhole || received.length > ANSWER_BYTES_MAX) finish(false, false);
    });
    socket.on('error', (error) => {
      if (isConnected) return;
      clearTimeout(timer);
      reject(error);
    });
    socket.on('close', () => {
      if (isConnected) finish(true, false);
    });
  });
}

/** Each chunk when the one before it is out, and had time to be read alone. A tracker that has closed takes no more, and need not. */
async function sendChunks(socket: Socket, chunks: readonly string[]): Promise<void> {
  for (const chunk of chunks) {
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.write(bytesOf(chunk), () => resolve());
    });
    // Twice: the first comes before sockets are read again.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

function readAnswers(text: string, isClosed: boolean, isBodiless: boolean): Pick<HttpOutcome, 'answers' | 'rest'> {
  const answers: HttpAnswer[] = [];
  let rest = text;
  while (rest !== '') {
    const read = readAnswer(rest, isClosed, isBodiless);
    if (read === undefined) break;
    answers.push(read.answer);
    rest = rest.slice(read.length);
  }
  return { answers, rest };
}

function readAnswer(
  text: string,
  isClosed: boolean,
  isBodiless: boolean,
): { readonly answer: HttpAnswer; readonly length: number } | undefined {
  const headEnd = /\r?\n\r?\n/.exec(text);
  const status = /^HTTP\/1\.[01] (\d{3})[^\r\n]*/.exec(text);
  if (headEnd === null || status === null) return undefined;
  const bodyAt = headEnd.index + headEnd[0].length;
  const headers = new Map<string, string>();
  for (const line of text.slice(status[0].length, headEnd.index).split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const found = isBodiless ? { body: '', length: 0, isFramed: true } : readBody(text.slice(bodyAt), headers, isClosed);
  if (found === undefined) return undefined;
  const { body, length, isFramed } = found;
  return { answer: { status: Number(status[1]), headers, body, isFramed }, length: bodyAt + length };
}

interface Body {
  readonly body: string;
  readonly length: number;
  readonly isFramed: boolean;
}

function readBody(text: string, headers: ReadonlyMap<string, string>, isClosed: boolean): Body | undefined {
  if (/chunked/i.test(headers.get('transfer-encoding') ?? '')) return readChunked(text);
  const declared = headers.get('content-length');
  if (declared === undefined) return isClosed ? { body: text, length: text.length, isFramed: false } : undefined;
  const length = Number(declared);
  if (text.length < length) return undefined;
  return { body: text.slice(0, length), length, isFramed: true };
}

function readChunked(text: string): Body | undefined {
  let body = '';
  for (let at = 0; ; ) {
    const line = /^([0-9a-f]+)[^\r\n]*\r\n/i.exec(text.slice(at));
    if (line === null) return undefined;
    const size = Number.parseInt(line[1]!, 16);
    const start = at + line[0].length;
    if (text.length < start + size + 2) return undefined;
    body += text.slice(start, start + size);
    at = start + size + 2;
    if (size === 0) return { body, length: at, isFramed: true };
  }
}
