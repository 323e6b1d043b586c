import type { BytesSpec, Doing, MessageSpec } from './behaviour.js';
import { bytesOf } from './bytes-spec.js';
import { inventMessage } from './invent.js';
import type { Link } from './link.js';
import { encodeMessage, type Message } from './message.js';
import { encodeParcel, type Parcel, reshape } from './parcel.js';
import type { FiredRule, RuleBook } from './rules.js';

/** Something repeated in time. */
interface Ticker {
  nextMs: number;
  readonly everyMs: number;
  left: number;
  round: number;
  readonly act: (round: number) => void;
}

/** Carries out rules: what leaves in place of what was meant to, and what happens besides. */
export class Conduct {
  readonly #link: Link;
  readonly #book: RuleBook;
  readonly #said: (message: Message) => void;
  #tickers: Ticker[] = [];
  #resumeReadingMs: number | undefined;

  /** `said` hears of every message that really leaves, so that the state follows the wire and not the intention. */
  constructor(link: Link, book: RuleBook, said: (message: Message) => void) {
    this.#link = link;
    this.#book = book;
    this.#said = said;
  }

  get deadlineMs(): number | undefined {
    const { openedMs } = this.#link;
    const due = this.#book.dueMs;
    const times = [...this.#tickers.map((ticker) => ticker.nextMs), ...(due === undefined ? [] : [openedMs + due])];
    if (this.#resumeReadingMs !== undefined) times.push(this.#resumeReadingMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** `open` and `ready`. */
  reach(moment: 'open' | 'ready'): void {
    for (const fired of this.#fire(moment, undefined)) this.#performAll(fired, undefined);
  }

  /** What no rule foresaw. */
  obey(doings: readonly Doing[]): void {
    for (const doing of doings) this.#perform(doing, undefined);
  }

  /** A message arrived: what is to become of it. */
  receive(message: Message): { readonly isIgnored: boolean; readonly isRefused: boolean } {
    const outcome = { isIgnored: false, isRefused: false };
    if (this.#book.isQuiet('receive')) return outcome;
    for (const fired of this.#fire('receive', message)) {
      this.#performAll(fired, message);
      if (fired.doings.some((doing) => doing.type === 'ignore')) outcome.isIgnored = true;
      if (fired.doings.some((doing) => doing.type === 'refuse')) outcome.isRefused = true;
    }
    return outcome;
  }

  /** An honest message wants to leave. */
  say(message: Message): void {
    if (this.#book.isQuiet('send') && this.#book.isQuiet('sent')) {
      this.#link.outbox.push(encodeMessage(message));
      this.#said(message);
      return;
    }
    let parcels: readonly Parcel[] = [{ message }];
    for (const fired of this.#fire('send', message)) {
      for (const doing of fired.doings) {
        if (reshape(doing, { message }, this.#link) === undefined) this.#perform(doing, message);
        else parcels = parcels.flatMap((parcel) => reshape(doing, parcel, this.#link) ?? [parcel]);
      }
    }
    for (const parcel of parcels) this.#deliver(parcel);
    if (parcels.length === 0) return;
    for (const fired of this.#fire('sent', message)) this.#performAll(fired, message);
  }

  /** Time has come to `link.nowMs`. */
  tick(): void {
    const { nowMs, openedMs } = this.#link;
    for (const fired of this.#book.due(nowMs - openedMs)) {
      this.#notifyFired(fired);
      this.#performAll(fired, undefined);
    }
    for (const ticker of this.#tickers) {
      while (ticker.left > 0 && ticker.nextMs <= nowMs) {
        ticker.nextMs += ticker.everyMs;
        ticker.left--;
        ticker.act(ticker.round++);
      }
    }
    this.#tickers = this.#tickers.filter((ticker) => ticker.left > 0);
    if (this.#resumeReadingMs !== undefined && this.#resumeReadingMs <= nowMs) {
      this.#resumeReadingMs = undefined;
      this.#link.actions.push({ type: 'resume-reading' });
    }
  }

  #fire(on: 'open' | 'ready' | 'receive' | 'send' | 'sent', message: Message | undefined): readonly FiredRule[] {
    if (this.#book.isQuiet(on)) return [];
    const fired = this.#book.firing(on, message, this.#link.nowMs - this.#link.openedMs);
    for (const one of fired) this.#notifyFired(one);
    return fired;
  }

  #notifyFired(fired: FiredRule): void {
    this.#link.notify({ type: 'rule-fired', rule: fired.index, name: fired.rule.name });
  }

  #performAll(fired: FiredRule, subject: Message | undefined): void {
    for (const doing of fired.doings) this.#perform(doing, subject);
  }

  #perform(doing: Doing, subject: Message | undefined): void {
    const { outbox, actions, nowMs, theirPort } = this.#link;
    switch (doing.type) {
      case 'send':
        this.#sendMessages(doing.message, doing.times ?? 1, doing.everyMs, subject);
        return;
      case 'send-raw':
        this.#sendRaw(doing.bytes, doing.times ?? 1, doing.everyMs);
        return;
      case 'flap':
        this.#flap(doing);
        return;
      case 'close':
        if (doing.how === 'reset') {
          outbox.reset('a rule said so');
          return;
        }
        outbox.close(doing.how ?? 'end', 'a rule said so');
        return;
      case 'mute':
        outbox.mute();
        return;
      case 'stall':
        outbox.stall(doing.forMs === undefined ? Infinity : nowMs + doing.forMs);
        return;
      case 'drip':
        outbox.drip(doing.bytes, doing.everyMs, nowMs);
        return;
      case 'split':
        outbox.split(doing.bytes);
        return;
      case 'merge':
        outbox.merge(doing.frames, doing.withinMs ?? MERGE_WITHIN_MS);
        return;
      case 'vanish':
        actions.push({ type: 'vanish', forMs: doing.forMs });
        return;
      case 'dial-back':
        actions.push({ type: 'dial-back', port: doing.port ?? theirPort });
        return;
      case 'pause-reading':
        this.#resumeReadingMs = doing.forMs === undefined ? undefined : nowMs + doing.forMs;
        actions.push({ type: 'pause-reading' });
        return;
      default:
        // Those of `receive` are outcomes, those of `send` reshape a parcel: nothing happens besides.
        return;
    }
  }

  /** Not seen by the rules of `send`: a rule cannot set itself off. */
  #deliver(parcel: Parcel): void {
    const { outbox, nowMs } = this.#link;
    const chunks = encodeParcel(parcel);
    if (parcel.delayMs !== undefined) outbox.pushLater(chunks, nowMs + parcel.delayMs);
    else outbox.push(chunks);
    this.#said(parcel.message);
    if (parcel.next === 'mute') outbox.mute();
    else if (parcel.next === 'end' || parcel.next === 'reset') outbox.close(parcel.next, 'a rule cut a frame');
  }

  #sendMessages(spec: MessageSpec, times: number, everyMs: number | undefined, subject: Message | undefined): void {
    this.#repeat((round) => inventMessage(spec, { link: this.#link, subject, round }), times, everyMs);
  }

  #sendRaw(spec: BytesSpec, times: number, everyMs: number | undefined): void {
    this.#repeat(() => bytesOf(spec, this.#link.random), times, everyMs);
  }

  #flap(doing: Doing & { readonly type: 'flap' }): void {
    const names =
      doing.what === 'choke' ? (['choke', 'unchoke'] as const) : (['interested', 'not-interested'] as const);
    this.#repeat((round) => ({ type: names[round % 2]! }), doing.times, doing.everyMs);
  }

  /** Once, all at once or in time. What is made depends on the round; nothing may come of it. */
  #repeat(make: (round: number) => Message | Uint8Array | undefined, times: number, everyMs: number | undefined): void {
    const { outbox, nowMs } = this.#link;
    // What follows from a message is said behind it: push first, then `said`.
    const act = (round: number, push: (chunks: readonly Uint8Array[]) => void): void => {
      const made = make(round);
      if (made === undefined) return;
      push(made instanceof Uint8Array ? [made] : encodeMessage(made));
      if (!(made instanceof Uint8Array)) this.#said(made);
    };
    if (times > 1 && (everyMs === undefined || everyMs === 0)) {
      outbox.pushFlood(times, act);
      return;
    }
    const once = (round: number): void => act(round, (chunks) => outbox.push(chunks));
    once(0);
    if (times > 1)
      this.#tickers.push({ nextMs: nowMs + everyMs!, everyMs: everyMs!, left: times - 1, round: 1, act: once });
  }
}

const MERGE_WITHIN_MS = 100;
