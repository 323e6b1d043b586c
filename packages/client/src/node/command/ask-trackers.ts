import { EXIT } from './exit-codes.js';
import { exitCodeOf, Failure, messageOf } from './failure.js';
import { printable } from './format.js';
import type { Output } from './output.js';
import type { Subject } from './read-torrent-file.js';

/** Which trackers to ask. */
export interface TrackerChoice {
  /** Instead of the torrent's own. */
  readonly tracker: readonly string[];
}

/** What one tracker answered, as JSON and for people. */
export interface TrackerAnswer {
  readonly facts: object;
  readonly text: string;
}

/**
 * Asks all trackers at once and tells each answer as it comes. Answers the exit code: 0 when one of them answered, else what
 * went wrong with the first.
 */
export async function askTrackers(
  type: 'announce' | 'scrape',
  subject: Subject,
  { tracker }: TrackerChoice,
  output: Output,
  ask: (url: string) => Promise<TrackerAnswer>,
): Promise<number> {
  const urls = tracker.length > 0 ? tracker : subject.trackers;
  if (urls.length === 0)
    throw new Failure(EXIT.badOption, `${subject.name}: it names no tracker; say one with --tracker URL`);
  const failures = await Promise.all(urls.map((url) => askOne(type, url, output, ask)));
  const answeredCount = failures.filter((exitCode) => exitCode === undefined).length;
  const exitCode = answeredCount > 0 ? EXIT.ok : failures[0]!;
  if (output.isJson) output.json('summary', { answeredCount, failedCount: urls.length - answeredCount, exitCode });
  return exitCode;
}

async function askOne(
  type: string,
  url: string,
  output: Output,
  ask: (url: string) => Promise<TrackerAnswer>,
): Promise<number | undefined> {
  const startMs = performance.now();
  try {
    const { facts, text } = await ask(url);
    const elapsedMs = Math.round(performance.now() - startMs);
    output.result(type, { url, elapsedMs, ...facts, error: null }, text.replace('%', `${elapsedMs} ms`));
    return undefined;
  } catch (error) {
    const elapsedMs = Math.round(performance.now() - startMs);
    const message = messageOf(error);
    if (output.isJson)
      output.json(type, { url, elapsedMs, error: { code: (error as { code?: string }).code ?? null, message } });
    else output.line(`${output.paint('red', 'failed')}  ${printable(url)}: ${printable(message)}`);
    return exitCodeOf(error);
  }
}
