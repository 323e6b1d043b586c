import { LiveScreen } from './live-screen.js';
import type { Output } from './output.js';

/** A live view on stderr. However the process ends, the terminal gets its cursor back. */
export function openStderrScreen(output: Output): LiveScreen {
  const screen = new LiveScreen({ write: (text) => process.stderr.write(text), columns: () => output.columns });
  process.once('exit', () => screen.close());
  return screen;
}
