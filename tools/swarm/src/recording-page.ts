import { readFileSync } from 'node:fs';
import type { Recorded } from './recording.js';

/** One page with everything in it: no server, no network, any browser. */
export function recordingPage(recorded: Recorded): string {
  const script = readFileSync(new URL('../assets/recording.js', import.meta.url), 'utf8');
  const style = readFileSync(new URL('../assets/recording.css', import.meta.url), 'utf8');
  // Inside a script element only "<" could end it early.
  const data = JSON.stringify(recorded).replaceAll('<', '\\u003c');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    '<title>A swarm, recorded</title>',
    `<style>${style}</style>`,
    '<main></main>',
    `<script type="module">const recorded = ${data};\n${script}</script>`,
    '</html>',
    '',
  ].join('\n');
}
