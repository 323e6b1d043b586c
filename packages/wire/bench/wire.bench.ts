/**
 * npm run bench [-- --write]
 *
 * Bytes of a peer to events, against npm bittorrent-protocol in the same process, in turns. `--write` puts the table into the
 * README.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { type Contender, rival, unchokeDecoder, unchokeLink } from './contenders.js';
import { measureIdleLink } from './idle-link.js';
import { haveStream, pieceStream, type Stream } from './streams.js';

const ROUNDS = 7;

interface Result {
  readonly name: string;
  /** Best of the rounds: noise of a shared machine only ever slows down. */
  readonly seconds: number;
}

function measure(stream: Stream, contenders: readonly Contender[]): readonly Result[] {
  const best = contenders.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, contender] of contenders.entries()) {
      const feeds = Array.from({ length: stream.peerCount }, () => contender.open(stream));
      globalThis.gc?.();
      const startedMs = performance.now();
      let count = 0;
      for (const feed of feeds) count += feed();
      best[index] = Math.min(best[index]!, (performance.now() - startedMs) / 1000);
      const expected = stream.messageCount * stream.peerCount;
      if (count !== expected) throw new Error(`${contender.name} gave ${count} of ${expected} messages`);
    }
  }
  return contenders.map(({ name }, index) => ({ name, seconds: best[index]! }));
}

function row(stream: Stream, results: readonly Result[], { name, seconds }: Result): string {
  const slowest = results.at(-1)!.seconds;
  const perSecond = ((stream.messageCount * stream.peerCount) / seconds / 1e6).toFixed(2);
  const gigabytes = ((stream.byteCount * stream.peerCount) / seconds / 1e9).toFixed(2);
  return `| ${stream.name} | ${name} | ${perSecond} M | ${gigabytes} GB | ${(slowest / seconds).toFixed(1)}× |`;
}

const lines = [
  '| stream | | messages a second | bytes a second | against bittorrent-protocol |',
  '| --- | --- | --- | --- | --- |',
];
for (const stream of [pieceStream(), haveStream()]) {
  const results = measure(stream, [unchokeDecoder, unchokeLink, rival]);
  lines.push(...results.map((result) => row(stream, results, result)));
}
const idleBytes = measureIdleLink();
lines.push('', `One idle link, greeted and with both extended handshakes: ${idleBytes} bytes.`);
lines.push(
  '',
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus()[0]!.model.trim()}, one thread; best of ${ROUNDS} rounds in turns.`,
);

console.log(lines.join('\n'));
if (process.argv.includes('--write')) {
  const readme = new URL('../README.md', import.meta.url);
  const text = readFileSync(readme, 'utf8');
  const table = `<!-- bench -->\n\n${lines.join('\n')}\n\n<!-- /bench -->`;
  writeFileSync(
    readme,
    text.replace(/<!-- bench -->[\s\S]*<!-- \/bench -->/, () => table),
  );
}
