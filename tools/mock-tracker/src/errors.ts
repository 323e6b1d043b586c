/** What went wrong when this tracker was set up. What goes wrong with a request is an answer, never an exception. */
export type MockTrackerErrorCode =
  /** A scenario breaks its format; `problems` says where, one line each. */
  | 'bad-scenario'
  /** An option is out of range. */
  | 'bad-option'
  /** No port could be opened for both protocols. */
  | 'cannot-listen';

const BRAND = Symbol.for('@unchoke/mock-tracker/error');

/**
 * The only error this package throws.
 *
 * @example
 * ```ts
 * import { MockTrackerError, parseScenario } from '@unchoke/mock-tracker';
 * try {
 *   parseScenario({ rules: [{ do: { http: { status: 'teapot' } } }] });
 * } catch (error) {
 *   if (MockTrackerError.isInstance(error)) console.log(error.problems[0]);
 *   // rules[0].do.http.status: expected a whole number from 100 to 599, found "teapot"
 * }
 * ```
 */
export class MockTrackerError extends Error {
  readonly code: MockTrackerErrorCode;
  /** One line per thing that is wrong. */
  readonly problems: readonly string[];

  constructor(code: MockTrackerErrorCode, message: string, problems: readonly string[] = [message]) {
    super(message);
    this.name = 'MockTrackerError';
    this.code = code;
    this.problems = problems;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for errors of this package, also when two copies of it are loaded. */
  static isInstance(error: unknown): error is MockTrackerError {
    return typeof error === 'object' && error !== null && BRAND in error;
  }
}
