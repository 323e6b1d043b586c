/**
 * What was wrong with what the caller gave.
 *
 * @example
 * const isAboutTheBehaviour = (error: unknown) => MockPeerError.isInstance(error) && error.code === 'bad-behaviour';
 */
export type MockPeerErrorCode = 'bad-behaviour' | 'bad-torrent' | 'bad-content' | 'bad-option' | 'bad-tracker-reply';

const BRAND = Symbol.for('@unchoke/mock-peer/error');

/**
 * Everything this package throws: a behaviour, torrent, content or option that cannot be used. What a remote peer sends
 * never throws; it is reported as a notice.
 *
 * @example
 * try {
 *   checkBehaviour({ rules: [{ when: { on: 'opened' }, do: { type: 'mute' } }] });
 * } catch (error) {
 *   if (MockPeerError.isInstance(error)) console.log(error.code, error.path); // bad-behaviour rules[0].when.on
 * }
 */
export class MockPeerError extends Error {
  readonly code: MockPeerErrorCode;
  /** Where in the given value, such as `rules[2].do.type`; empty when the whole is meant. */
  readonly path: string;

  constructor(code: MockPeerErrorCode, message: string, path = '') {
    super(path === '' ? message : `${path}: ${message}`);
    this.name = 'MockPeerError';
    this.code = code;
    this.path = path;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Recognises errors of this family, also from another copy of the package. */
  static isInstance(error: unknown): error is MockPeerError {
    return error instanceof Error && (error as unknown as Record<symbol, unknown>)[BRAND] === true;
  }
}
