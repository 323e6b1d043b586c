import type { Socket } from 'node:net';
import type { DeliveryStep, HttpAnswer } from '../http/http-answer.js';
import { type RefusedHead, type RequestHead, readRequestHead } from '../http/request-head.js';
import {
  CLOSE_TIME_MAX_MS,
  HEAD_BYTES_MAX,
  HEAD_TIME_MAX_MS,
  HOLD_TIME_MAX_MS,
  IDLE_TIME_MAX_MS,
  UNSENT_BYTES_MAX,
} from '../limits.js';
import { type Source, sourceOf } from '../source.js';
import { Delivery, type DeliveryEnd } from './delivery.js';

/** What a connection needs of its server. */
export interface HttpService {
  readonly nowMs: () => number;
  answer(head: RequestHead, source: Source, nowMs: number): HttpAnswer;
  refuse(refused: RefusedHead, source: Source, nowMs: number): Buffer;
}

/**
 * `reading`: takes requests. `unsent`: the client does not read its answers, so we read none of its requests.
 * `delivering`: an answer is on its way piece by piece. `holding`: silent until the client leaves. `closing`: our last
 * byte is sent, what still comes in is thrown away.
 */
type Phase = 'reading' | 'unsent' | 'delivering' | 'holding' | 'closing';

/**
 * One TCP connection: cuts its bytes into requests, and answers one after the other. What it holds is bounded: one
 * unfinished head, and as many unsent bytes as we are ready to wait for.
 */
export class HttpConnection {
  /** When the server may close it, unless something happens before. */
  deadlineMs: number;
  readonly #socket: Socket;
  readonly #service: HttpService;
  readonly #source: Source;
  #phase: Phase = 'reading';
  /** Bytes behind the last whole request. */
  #unread: Buffer | undefined = undefined;
  #clientHasEnded = false;
  #delivery: Delivery | undefined = undefined;

  constructor(socket: Socket, service: HttpService) {
    this.#socket = socket;
    this.#service = service;
    this.#source = sourceOf(socket.remoteAddress ?? '', socket.remotePort ?? 0);
    this.deadlineMs = service.nowMs() + HEAD_TIME_MAX_MS;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => this.#ended());
    socket.on('drain', () => this.#drained());
    // A reset is the client's right; the close event that follows cleans up.
    socket.on('error', () => {});
    socket.on('close', () => this.#delivery?.stop());
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#phase === 'closing') return;
    const bytes = this.#unread === undefined ? chunk : Buffer.concat([this.#unread, chunk]);
    this.#unread = undefined;
    if (this.#phase === 'reading') this.#serve(bytes);
    else this.#keep(bytes);
  }

  /** Answers every whole request in `bytes`; pipelined ones leave in one write. */
  #serve(bytes: Buffer): void {
    const nowMs = this.#service.nowMs();
    const ready: Buffer[] = [];
    let start = 0;
    let closes = false;
    let steps: readonly DeliveryStep[] | undefined;
    while (!closes && steps === undefined && start < bytes.length) {
      const head = readRequestHead(bytes, start);
      if (head === undefined) break;
      if (head.type === 'refused') {
        ready.push(this.#service.refuse(head, this.#source, nowMs));
        closes = true;
        break;
      }
      start = head.end;
      const answer = this.#service.answer(head, this.#source, nowMs);
      if (answer.type === 'deliver') steps = answer.steps;
      else {
        ready.push(answer.bytes);
        closes = !answer.keepAlive;
      }
    }
    if (ready.length > 0) this.#socket.write(ready.length === 1 ? ready[0]! : Buffer.concat(ready));
    if (closes) {
      this.#close();
      return;
    }
    const hasRest = start < bytes.length;
    if (hasRest) this.#keep(start === 0 ? bytes : bytes.subarray(start));
    this.#moveDeadline(nowMs, start > 0, hasRest);
    if (steps !== undefined) this.#deliver(steps);
    else if (this.#socket.writableLength > UNSENT_BYTES_MAX) this.#pauseUntilDrained();
    else if (this.#clientHasEnded) this.#close();
  }

  /** A whole request gives time; the parts of one never do, so dripping a head does not help. */
  #moveDeadline(nowMs: number, wasServed: boolean, hasRest: boolean): void {
    const restMs = nowMs + HEAD_TIME_MAX_MS;
    if (wasServed) this.deadlineMs = hasRest ? restMs : nowMs + IDLE_TIME_MAX_MS;
    else if (hasRest) this.deadlineMs = Math.min(this.deadlineMs, restMs);
  }

  #keep(bytes: Buffer): void {
    // A copy: a view would keep the whole read buffer of 64 KiB alive for a few bytes.
    this.#unread = Buffer.from(bytes);
    if (this.#phase !== 'reading' && bytes.length > HEAD_BYTES_MAX) this.#socket.pause();
  }

  #pauseUntilDrained(): void {
    this.#phase = 'unsent';
    this.#socket.pause();
  }

  #drained(): void {
    if (this.#phase === 'unsent') this.#readOn();
    this.#delivery?.drained();
    if (this.#phase === 'delivering') this.deadlineMs = this.#service.nowMs() + IDLE_TIME_MAX_MS;
  }

  #readOn(): void {
    if (this.#socket.destroyed) return;
    this.#phase = 'reading';
    this.#socket.resume();
    const unread = this.#unread;
    this.#unread = undefined;
    if (unread !== undefined) this.#serve(unread);
    else if (this.#clientHasEnded) this.#close();
  }

  #deliver(steps: readonly DeliveryStep[]): void {
    this.#phase = 'delivering';
    this.deadlineMs = this.#service.nowMs() + HOLD_TIME_MAX_MS;
    this.#delivery = new Delivery(this.#socket, steps, (end) => this.#delivered(end));
    this.#delivery.run();
  }

  #delivered(end: DeliveryEnd): void {
    this.#delivery = undefined;
    if (end === 'close') this.#close();
    else if (end === 'hold') this.#phase = 'holding';
    else {
      this.deadlineMs = this.#service.nowMs() + IDLE_TIME_MAX_MS;
      // Through the event loop: hundreds of pipelined requests that a rule answers at once would be as many calls deep.
      setImmediate(() => this.#readOn());
    }
    if (this.#phase === 'holding' && this.#clientHasEnded) this.#close();
  }

  /** Half-closed clients still get their answers; what they left unfinished is no request. */
  #ended(): void {
    this.#clientHasEnded = true;
    if (this.#phase === 'reading' || this.#phase === 'holding') this.#close();
  }

  #close(): void {
    this.#phase = 'closing';
    // We read on: closing with unread bytes would make TCP send a reset, which can overtake our answer.
    this.#socket.resume();
    this.#socket.end();
    this.deadlineMs = this.#service.nowMs() + CLOSE_TIME_MAX_MS;
  }
}
