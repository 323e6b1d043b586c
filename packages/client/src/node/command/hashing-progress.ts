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

export function showHashing(verb: string, output: Output): HashingProgress {
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
      if (style === 'json') output.jsonProgress({ doneBytes, totalBytes });
      else if (style === 'bar') screen.draw([fit(text, output.columns - 1)]);
      else output.line(text);
    },
    end: () => screen.clear(),
  };
}
