import type { Client } from '../client.js';
import { printable, wrap } from './format.js';
import type { Output } from './output.js';
import { openStderrScreen } from './stderr-screen.js';
import { WHY_LINES_MAX } from './torrent-view.js';

const REDRAW_MS = 250;
const TELL_MS = 5_000;

/** Says what a magnet link waits for, until it has become a torrent. Answers a function that ends it. */
export function showMetadataWait(client: Client, name: string, output: Output): () => void {
  const { style } = output;
  if (style === 'none') return () => undefined;
  const screen = openStderrScreen(output);
  const tell = () => {
    const why = whyWaiting(client);
    if (why === undefined) return;
    const text = `${printable(name)}: waiting for the metadata: ${printable(why)}`;
    if (style === 'bar') screen.draw(wrap(text, output.columns - 1, WHY_LINES_MAX));
    else output.tell(0, 'waiting', { name, why }, text);
  };
  const intervalMs = style === 'bar' ? REDRAW_MS : (output.progressIntervalMs ?? TELL_MS);
  const timer = setInterval(tell, intervalMs);
  if (style === 'bar') output.aside = (line) => screen.above(line);
  return () => {
    clearInterval(timer);
    output.aside = undefined;
    screen.clear();
  };
}

/** `undefined` once there is nothing to wait for. */
export function whyWaiting(client: Client): string | undefined {
  return client.waiting[0]?.why;
}
