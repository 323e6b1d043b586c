/**
 * npm run bench [-- --write]
 *
 * Bytes of a peer to messages and events, against npm bittorrent-protocol in the same run, in turns. `--write` puts the table
 * into the README.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CONTENDERS } from './contenders.js';
import { STREAMS } from './streams.js';

const TURNS = 3;
const RIVAL = 'bittorrent-protocol';

const lines = ['| stream | | messages a second | bytes a second | ratio |', '| --- | --- | --: | --: | --: |'];
for (const [key, open] of Object.entries(STREAMS)) {
  const seconds = new Map<string, number>();
  for (let turn = 0; turn < TURNS; turn++) {
    for (const name of Object.keys(CONTENDERS)) {
      if (key !== 'pieces' && name.includes('blocks')) continue;
      seconds.set(name, Math.min(seconds.get(name) ?? Number.POSITIVE_INFINITY, run(key, name)));
    }
  }
  const { name, messageCount, byteCount, peerCount } = open();
  for (const [contender, best] of seconds) {
    const messages = `${((messageCount * peerCount) / best / 1e6).toFixed(2)} M`;
    const bytes = `${((byteCount * peerCount) / best / 1e9).toFixed(2)} GB`;
    // The rival does not copy either; a ratio with copies on one side only would say nothing.
    const ratio = contender.includes('copied') ? '' : (seconds.get(RIVAL)! / best).toFixed(1);
    lines.push(`| ${name} | \`${contender}\` | ${messages} | ${bytes} | ${ratio} |`);
  }
}
const model = cpus()[0]!.model.trim();
lines.push('', `An idle link, greeted and with both extended handshakes exchanged, takes ${run('idle', '')} bytes.`);
lines.push('', `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${model}, one thread.`);

console.log(lines.join('\n'));
if (process.argv.includes('--write')) {
  const readme = new URL('../README.md', import.meta.url);
  const table = `<!-- bench -->\n\n${lines.join('\n')}\n\n<!-- /bench -->`;
  writeFileSync(
    readme,
    readFileSync(readme, 'utf8').replace(/<!-- bench -->[\s\S]*<!-- \/bench -->/, () => table),
  );
}

function run(stream: string, contender: string): number {
  const round = fileURLToPath(new URL('round.ts', import.meta.url));
  const flags = ['--expose-gc', '--conditions=@unchoke/source', '--import', 'tsx'];
  return Number(execFileSync(process.execPath, [...flags, round, stream, contender], { encoding: 'utf8' }));
}
