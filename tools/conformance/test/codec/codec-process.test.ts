import { expect, test } from 'vitest';
import { CodecProcess } from '../../src/codec/codec-process.js';

/** A codec of one line of JavaScript: `word` is what it was asked, `say` what it says. */
function codecOf(body: string): string {
  const script = `const say = (json) => console.log(JSON.stringify(json));
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const word = line.split(' ')[1];
  if (line === 'hello') say({ name: 'tiny', version: 1, operations: ['bencode'] });
  else { ${body} }
});`;
  return `"${process.execPath}" -e "${script.replaceAll('"', '\\"').replaceAll('\n', ' ')}"`;
}

async function ask(body: string, digits: readonly string[]): Promise<readonly unknown[]> {
  const codec = await CodecProcess.start(codecOf(body), { answerMs: 20_000 });
  try {
    return await Promise.all(digits.map((word) => codec.ask('bencode', word, [])));
  } finally {
    await codec.close();
  }
}

test('a codec says what it is, and what it does not do', async () => {
  const codec = await CodecProcess.start(codecOf('say({ value: word })'));
  expect(codec.name).toBe('tiny 1');
  expect(await codec.ask('torrent', '00', [])).toEqual({ type: 'not-offered' });
  expect(await codec.ask('bencode', '', [])).toEqual({ type: 'value', value: '-' });
  await codec.close();
});

test('one that ends is started anew for the next request, and what it complained of is told', async () => {
  const body = "if (word === '00') { console.error('I fell'); process.exit(7); } say({ error: word })";
  const [fallen, ...others] = await ask(body, ['00', '01', '02']);
  expect(fallen).toMatchObject({ type: 'broken', how: 'exited', detail: 'the process ended with status 7: I fell' });
  expect(others).toEqual([
    { type: 'error', error: '01' },
    { type: 'error', error: '02' },
  ]);
});

test('one that hangs is ended, and started anew', async () => {
  const codec = await CodecProcess.start(codecOf("if (word !== '00') say({ value: 1 })"), { answerMs: 1_000 });
  expect(await codec.ask('bencode', '00', [])).toMatchObject({ type: 'broken', how: 'late' });
  await codec.close();
});

test('what is no answer is told as such', async () => {
  const body = "console.log({ '01': 'hello', '02': '7', '03': '{}' }[word])";
  expect(await ask(body, ['01', '02', '03'])).toEqual(
    ['no JSON: hello', 'no object: 7', 'neither value nor error: {}'].map((detail) => ({
      type: 'broken',
      how: 'no-answer',
      detail: expect.stringContaining(detail),
    })),
  );
});

test('a command that is none, or no codec, is not started', async () => {
  await expect(CodecProcess.start('/nonexistent/codec')).rejects.toMatchObject({ verdict: { type: 'not-started' } });
  await expect(CodecProcess.start('echo hello there')).rejects.toMatchObject({ verdict: { type: 'not-started' } });
});
