import { TrackerError } from '../errors.js';

/** Node's timers fire at once beyond this. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * Runs `work` with a signal that ends it after `timeoutMs`, or when the caller's signal does. However `work` fails then,
 * what the caller sees is why it was ended.
 */
export async function withinLimits<Result>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(
      new TrackerError('aborted', 'the exchange with the tracker was aborted', { cause: signal?.reason }),
    );
  };
  const delayMs = Math.min(Math.max(timeoutMs, 0), TIMER_MS_MAX);
  const timer = setTimeout(() => {
    controller.abort(
      new TrackerError('timed-out', `no whole answer from the tracker within ${Math.round(delayMs)} ms`),
    );
  }, delayMs);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  try {
    return await Promise.race([rejection(controller.signal), work(controller.signal)]);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    // Ends what may still be under way: a name being resolved, a body nobody waits for.
    controller.abort(new TrackerError('aborted', 'the exchange is over'));
  }
}

/** Never resolves. Not all of Node can be told to stop: a name that is being resolved is one example. */
function rejection(signal: AbortSignal): Promise<never> {
  const { promise, reject } = withRejector();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

function withRejector(): { readonly promise: Promise<never>; readonly reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_resolve, rejectPromise) => {
    reject = rejectPromise;
  });
  // The race may be over before; a late rejection is nobody's surprise then.
  promise.catch(() => {});
  return { promise, reject };
}
