import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { notStarted } from '../errors.js';

/**
 * Where a program is: a path is one from here, though it will run in a folder of its own, and a bare name stands on the
 * PATH. What is not there ends everything before hundreds of cases say so one by one.
 */
export function findProgram(word: string): string {
  const isPath = word.includes('/') || word.includes('\\');
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = isPath ? [resolve(word)] : folders.flatMap((folder) => ENDINGS.map((end) => join(folder, word + end)));
  const found = places.find(isProgram);
  if (found !== undefined) return isPath ? found : word;
  notStarted(isPath ? `${word} is no program that may be run` : `${word} is not on the PATH`);
}

const ENDINGS = process.platform === 'win32' ? ['.exe', '.cmd', '.bat', ''] : [''];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not for us: the same to whoever wants to run it.
    return false;
  }
}
