import { fit, formatBytes } from './format.js';
import type { Output } from './output.js';
import { openStderrScreen } from './stderr-screen.js';

const REDRAW_MS = 250;
const JSON_MS = 1_000;
const PLAIN_MS = 5_000;

/** Tells how hashing gets on. */
export interface HashingProgress {
  at(doneBytes: number, totalBytes: number): void;
  end(): void;
}

/** @param type - of the JSON lines: a run that goes on with something else has progress of its own. */
export function showHashing(verb: string, output: Output, type = 'progress'): HashingProgress {
  const { style } = output;
  const screen = openStderrScreen(output);
  const intervalMs =
    style === 'bar' ? REDRAW_MS : (output.progressIntervalMs ?? (style === 'plain' ? PLAIN_MS : JSON_MS));
  // What takes less than an interval needs no progress.
  let toldMs = performance.now();
  return {
    at(doneBytes, totalBytes) {
      const nowMs = performance.now();
      if (style === 'none' || nowMs - toldMs < intervalMs) return;
      toldMs = nowMs;
      const percent = `${totalBytes === 0 ? '100.0' : ((doneBytes * 100) / totalBytes).toFixed(1)}%`;
      const text = `${verb}: ${percent}  ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
      if (style === 'json') output.jsonProgress({ doneBytes, totalBytes }, type);
      else if (style === 'bar') {
        output.aside = (line) => screen.above(line);
        screen.draw([fit(text, output.columns - 1)]);
      } else output.line(text);
    },
    end: () => {
      output.aside = undefined;
      screen.clear();
    },
  };
}
