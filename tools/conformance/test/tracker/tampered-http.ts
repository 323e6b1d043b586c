import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Bencode, decodeBencode } from '../../src/tracker/bencode.js';

export type Dict = Map<string, Bencode>;

/** How the answers of a good tracker, or the way to it, are spoilt. */
export interface HttpTamper {
  /** The target on its way in; of several, the answer to the first counts. */
  readonly target?: (target: string) => string | readonly string[];
  /** The dictionary on its way out. */
  readonly dict?: (dict: Dict, target: string) => void;
  /** The whole answer on its way out. */
  readonly answer?: (answer: string) => string;
  /** An answer that is given at once, by all that has arrived and the number of pieces it came in. */
  readonly intercept?: (text: string, pieces: number) => string | undefined;
  /** After such bytes nothing is answered any more. */
  readonly dies?: (text: string) => boolean;
  /** Whatever the method is, it counts as GET. */
  readonly anyMethod?: true;
  /** Connections stay open, and take one request. */
  readonly keepsOpen?: true;
  readonly connectionsMax?: number;
}

export const OK = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A naive server in front of a good tracker: it waits for whole heads for ever, collects whatever comes, and spoils as told. */
export async function serveTampered(
  upstreamPort: number,
  tamper: HttpTamper,
): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>();
  let isDead = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (isDead || sockets.size > (tamper.connectionsMax ?? Number.POSITIVE_INFINITY)) {
      socket.destroy();
      return;
    }
    let text = '';
    let pieces = 0;
    let isAnswered = false;
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      pieces++;
      if (tamper.dies?.(text) === true) {
        isDead = true;
        for (const open of sockets) open.destroy();
      }
      if (!text.includes('\r\n\r\n') || isAnswered) return;
      isAnswered = true;
      const given = tamper.intercept?.(text, pieces);
      if (given === undefined) void answer(socket, text);
      else socket.end(given, 'latin1');
    });
  });

  async function answer(socket: Socket, text: string): Promise<void> {
    const [, method = '', asked = ''] = /^(\S*) (\S*)/.exec(text) ?? [];
    const changed = tamper.target?.(asked) ?? asked;
    const targets = typeof changed === 'string' ? [changed] : changed;
    const answers: string[] = [];
    for (const target of targets) answers.push(await fetchText(tamper.anyMethod === true ? 'GET' : method, target));
    const spoilt = tamper.answer?.(answers[0]!) ?? answers[0]!;
    socket.write(spoiltBody(spoilt, asked), 'latin1');
    if (tamper.keepsOpen !== true) socket.end();
  }

  function fetchText(method: string, target: string): Promise<string> {
    return new Promise((resolve) => {
      const upstream = connect(upstreamPort, '127.0.0.1');
      let received = '';
      upstream.on('data', (bytes: Buffer) => {
        received += bytes.toString('latin1');
      });
      upstream.on('error', () => undefined);
      upstream.on('close', () => resolve(received));
      upstream.write(`${method} ${target} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n`, 'latin1');
    });
  }

  function spoiltBody(text: string, target: string): string {
    const at = text.indexOf('\r\n\r\n');
    const value = decodeBencode(text.slice(at + 4))?.value;
    if (tamper.dict === undefined || !(value instanceof Map)) return text;
    const dict = new Map(value);
    tamper.dict(dict, target);
    return OK(encode(dict));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Bencode, with the keys of the outermost dictionary in the order in which they stand. */
function encode(value: Bencode): string {
  if (typeof value === 'number') return `i${value}e`;
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (!(value instanceof Map)) return `l${(value as readonly Bencode[]).map(encode).join('')}e`;
  return `d${[...value].map(([key, item]) => encode(key) + encode(item)).join('')}e`;
}
