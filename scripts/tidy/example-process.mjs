// Started by run-examples.ts: imports one example after the other and writes down how far it came.
import { appendFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [log = '', ...files] = process.argv.slice(2);
let index = 0;

/**
 * @param {'started' | 'done' | 'failed'} state
 * @param {unknown} [error]
 */
function report(state, error) {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  appendFileSync(log, `${JSON.stringify(error === undefined ? { index, state } : { index, state, error: text })}\n`);
}

/** @param {unknown} error */
function stop(error) {
  report('failed', error);
  process.exit(1);
}
process.on('uncaughtException', stop);
process.on('unhandledRejection', stop);

for (const file of files) {
  report('started');
  try {
    await import(pathToFileURL(file).href);
    report('done');
  } catch (error) {
    report('failed', error);
  }
  index++;
}
index = files.length - 1;
