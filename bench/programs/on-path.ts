import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Why a program cannot be run; undefined when it is on the PATH. */
export function missingFromPath(program: string, debianPackage: string): string | undefined {
  const isThere = (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return isThere ? undefined : `${program} is not installed (Debian: apt-get install ${debianPackage})`;
}
