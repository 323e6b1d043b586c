/** How many of the last events a failure shows. */
const KEPT = 40;
const FIELDS = 5;

/**
 * Everything that happened, as one number: two runs with the same hash did the same things at the same times. The last
 * events are kept as numbers too, and only become text when somebody wants to read them.
 */
export class Trace {
  /** Told every event as it happens, when somebody watches. */
  watch: ((line: string) => void) | undefined;
  eventCount = 0;
  #high = 0x811c9dc5;
  #low = 0x01000193;
  readonly #names: string[] = [];
  readonly #ids = new Map<string, number>();
  readonly #kept = new Float64Array(KEPT * FIELDS);

  /** `peer` and `detail` are whatever tells two events of a kind apart. */
  note(nowMs: number, member: number, kind: string, peer: number, detail: number): void {
    const id = this.#idOf(kind);
    const at = (this.eventCount++ % KEPT) * FIELDS;
    this.#kept[at] = nowMs;
    this.#kept[at + 1] = member;
    this.#kept[at + 2] = id;
    this.#kept[at + 3] = peer;
    this.#kept[at + 4] = detail;
    this.#mix(nowMs * 1024);
    this.#mix(member * 64 + id);
    this.#mix(peer);
    this.#mix(detail);
    this.watch?.(this.#lineAt(at));
  }

  get hash(): string {
    return [this.#high, this.#low].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
  }

  /** The last events, oldest first. */
  last(): readonly string[] {
    const count = Math.min(KEPT, this.eventCount);
    return Array.from({ length: count }, (_, index) =>
      this.#lineAt(((this.eventCount - count + index) % KEPT) * FIELDS),
    );
  }

  #mix(value: number): void {
    this.#high = Math.imul(this.#high ^ (value | 0), 0x01000193);
    this.#high ^= this.#high >>> 15;
    this.#low = Math.imul(this.#low ^ this.#high, 0x85ebca6b);
    this.#low ^= this.#low >>> 13;
  }

  #lineAt(at: number): string {
    const [nowMs, member, id, peer, detail] = this.#kept.subarray(at, at + FIELDS);
    return `${nowMs!.toFixed(3).padStart(12)} ms  member ${member}  ${this.#names[id!]}  peer ${peer}  ${detail}`;
  }

  #idOf(kind: string): number {
    const known = this.#ids.get(kind);
    if (known !== undefined) return known;
    this.#ids.set(kind, this.#names.length);
    return this.#names.push(kind) - 1;
  }
}
