import { startProcess } from './process.js';
import { findProgram } from './program.js';
import type { ClientSubject, ClientTraits, Job, RunningClient } from './subject.js';
import { fillIn, splitCommand } from './words.js';

/** Command lines that a person gave. */
export interface CommandLines {
  readonly run: string;
  readonly seed?: string;
  readonly magnet?: string;
  /** What cannot be seen from the command lines. */
  readonly traits?: Partial<ClientTraits>;
}

/** A client that is started by command lines with placeholders. */
export function commandSubject({ run, seed, magnet, traits }: CommandLines): ClientSubject {
  const words = {
    download: programLine(run),
    seed: seed === undefined ? undefined : programLine(seed),
    magnet: magnet === undefined ? undefined : programLine(magnet),
  };
  return {
    name: words.download[0] ?? run,
    traits: {
      seeds: words.seed !== undefined,
      takesMagnets: words.magnet !== undefined,
      dialsLoopback: true,
      listens: run.includes('{port}'),
      exits: true,
      ...traits,
    },
    start: async (job: Job): Promise<RunningClient> => {
      const chosen = words[job.mode] ?? words.download;
      return await startProcess({ argv: fillIn(chosen, placeholders(job)), cwd: job.state });
    },
  };
}

function programLine(line: string): readonly string[] {
  const [program = '', ...rest] = splitCommand(line);
  return [findProgram(program), ...rest];
}

/** `{torrent}`, `{out}` and the others, for one process. */
export function placeholders(job: Job): Readonly<Record<string, string>> {
  const { torrentPath, out, data, state, port, secondPort, tracker, magnet, peer } = job;
  const ports = { port: String(port), 'second-port': String(secondPort) };
  return { torrent: torrentPath, out, data, state, ...ports, tracker, magnet, peer };
}
