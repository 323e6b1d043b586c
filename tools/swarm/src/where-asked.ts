import { resolve } from 'node:path';

/** Npm changes to the folder of the package; a path is meant from where the person stands. */
export function whereAsked(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', path);
}
