import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Npm changes to the folder of the package; a path is meant from where the person stands. */
export function whereAsked(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', path);
}

/** Whoever cannot be given a file hears of it before a long run, not after it. @throws what the system says. */
export function checkFolderOf(path: string): void {
  accessSync(dirname(whereAsked(path)), constants.W_OK);
}

/** An error of a file, for instance: the sentence of the system says enough. */
export function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
