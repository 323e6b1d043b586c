import { StorageError } from './errors.js';

interface Parked {
  wake(): void;
  drop(error: StorageError): void;
}

/** What the gate tells its owner. */
export interface FaultListener {
  /** The first failure: work is held from here on. Told once, however many more follow. */
  raised(error: StorageError): void;
  /** All held work was done. */
  cleared(): void;
}

/**
 * Where work waits while the disk is at fault. Nothing that was handed over is lost: it is held, with its bytes, and
 * done again when `retry` is called.
 */
export class FaultGate {
  private readonly listener: FaultListener;
  private readonly parked: Parked[] = [];
  private fault: StorageError | undefined;
  private isShut = false;
  /** Woken attempts that have not ended. */
  private trying = 0;
  /** Attempts under way. */
  private active = 0;
  private held: Promise<void> | undefined;
  private readonly ended: (() => void)[] = [];
  private readonly impatient = new Set<(error: StorageError) => void>();
  private readonly awaiting: (() => void)[] = [];

  constructor(listener: FaultListener) {
    this.listener = listener;
  }

  get error(): StorageError | undefined {
    return this.fault;
  }

  /** Does the work, now or after the fault is gone. Misuse and closing are passed on, not waited for. */
  async attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    let isWoken = false;
    for (;;) {
      while (this.held !== undefined) await this.held;
      if (this.fault !== undefined && !isWoken) {
        await this.park();
        isWoken = true;
        continue;
      }
      this.active++;
      let waits: Promise<void> | undefined;
      try {
        return await work();
      } catch (error) {
        if (!isFault(error)) throw error;
        this.raise(error);
        waits = this.park();
      } finally {
        this.active--;
        if (isWoken) this.trying--;
        this.tellEnd();
      }
      await waits;
      isWoken = true;
    }
  }

  /** Does something that nothing else may run beside: waits for what is under way and holds up the rest. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.held !== undefined) await this.held;
    let release = () => {};
    this.held = new Promise((resolve) => {
      release = resolve;
    });
    try {
      while (this.active > 0) await this.nextEnd();
      return await work();
    } finally {
      this.held = undefined;
      release();
    }
  }

  raise(error: StorageError): void {
    const isNew = this.fault === undefined;
    this.fault = error;
    if (isNew && !this.isShut) this.listener.raised(error);
    for (const reject of this.impatient) reject(error);
    this.impatient.clear();
  }

  /** Tries all held work once more; true when nothing is held any longer. */
  async retry(): Promise<boolean> {
    if (this.fault === undefined) return true;
    const woken = this.parked.splice(0);
    this.trying += woken.length;
    for (const { wake } of woken) wake();
    while (this.trying > 0) await this.nextEnd();
    if (this.parked.length > 0 || this.fault === undefined) return this.fault === undefined;
    this.fault = undefined;
    this.tellClear();
    this.listener.cleared();
    return true;
  }

  /** The work, or the fault that holds it up: for callers who would rather know than wait. */
  orFault<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    return new Promise((resolve, reject) => {
      this.impatient.add(reject);
      work()
        .then(resolve, reject)
        .finally(() => this.impatient.delete(reject));
    });
  }

  /** Settles when there is no fault, or no hope of that. */
  whenClear(): Promise<void> {
    if (this.fault === undefined || this.isShut) return Promise.resolve();
    return new Promise((resolve) => this.awaiting.push(resolve));
  }

  /** Ends the wait: what is held fails with the fault. */
  shut(): void {
    this.isShut = true;
    const error = this.fault ?? new StorageError('closed', 'the storage is closed');
    for (const { drop } of this.parked.splice(0)) drop(error);
    this.tellClear();
  }

  private park(): Promise<void> {
    if (this.isShut) return Promise.reject(this.fault ?? new StorageError('closed', 'the storage is closed'));
    return new Promise((wake, drop) => this.parked.push({ wake, drop }));
  }

  private tellClear(): void {
    for (const resolve of this.awaiting.splice(0)) resolve();
  }

  private nextEnd(): Promise<void> {
    return new Promise((resolve) => this.ended.push(resolve));
  }

  private tellEnd(): void {
    for (const resolve of this.ended.splice(0)) resolve();
  }
}

/** Our own misuse is not the disk's fault, and waiting does not mend it. */
function isFault(error: unknown): error is StorageError {
  return StorageError.isInstance(error) && error.code !== 'closed' && error.code !== 'bad-block';
}
