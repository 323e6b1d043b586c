import type { Metainfo } from '@unchoke/metainfo';
import { type Geometry, PRIORITY_MAX, PRIORITY_NORMAL, piecePriorities, type ReadonlyBitfield } from '@unchoke/pieces';
import { ClientError } from '../errors.js';

/**
 * How much a file is wanted.
 *
 * @example
 * ```ts
 * import type { FilePriority } from '@unchoke/client/node';
 *
 * const order: readonly FilePriority[] = ['high', 'normal', 'low', 'skip'];
 * console.assert(order.length === 4);
 * ```
 */
export type FilePriority = 'skip' | 'low' | 'normal' | 'high';

/**
 * How far a file is.
 *
 * @example
 * ```ts
 * import type { FileStatus } from '@unchoke/client/node';
 *
 * const isHere = ({ haveBytes, length }: FileStatus) => haveBytes === length;
 * console.assert(isHere({ length: 5, haveBytes: 5, priority: 'normal' }));
 * ```
 */
export interface FileStatus {
  readonly length: number;
  /** Of verified pieces. */
  readonly haveBytes: number;
  readonly priority: FilePriority;
}

const LEVELS: Readonly<Record<FilePriority, number>> = {
  skip: 0,
  low: 1,
  normal: PRIORITY_NORMAL,
  high: PRIORITY_MAX,
};

export function isFilePriority(value: unknown): value is FilePriority {
  return typeof value === 'string' && Object.hasOwn(LEVELS, value);
}

/** These files and no others; all when nothing is chosen. */
export function choose(metainfo: Metainfo, select: readonly number[] | undefined): readonly FilePriority[] {
  if (select === undefined) return metainfo.files.map(() => 'normal');
  for (const file of select) checkFile(metainfo, file);
  const wanted = new Set(select);
  return metainfo.files.map((_, file) => (wanted.has(file) ? 'normal' : 'skip'));
}

/** The same choice, but for one file. */
export function rechoose(
  metainfo: Metainfo,
  choice: readonly FilePriority[],
  file: number,
  priority: FilePriority,
): readonly FilePriority[] {
  checkFile(metainfo, file);
  if (!isFilePriority(priority)) {
    throw new ClientError('bad-option', `priority ${String(priority)}: expected skip, low, normal or high`);
  }
  return choice.map((former, index) => (index === file ? priority : former));
}

/**
 * The priority of each piece. Padding is wanted as the file whose piece it fills, which is the last one that has any bytes: a
 * piece that is wanted for its padding alone would have no place on disk.
 */
export function prioritiesOf(metainfo: Metainfo, geometry: Geometry, choice: readonly FilePriority[]): Uint8Array {
  const isFilled = ({ isPad, length }: Metainfo['files'][number]) => !isPad && length > 0;
  let priority = LEVELS[choice[metainfo.files.findIndex(isFilled)] ?? 'skip'];
  const files = metainfo.files.map((entry, file) => {
    const { offset, length } = entry;
    if (isFilled(entry)) priority = LEVELS[choice[file]!];
    return { offset, length, priority };
  });
  return piecePriorities(geometry, files);
}

export function fileStatuses(
  metainfo: Metainfo,
  geometry: Geometry,
  have: ReadonlyBitfield,
  choice: readonly FilePriority[],
): readonly FileStatus[] {
  return metainfo.files.map(({ offset, length }, file) => {
    const { start, end } = geometry.piecesIn(offset, length);
    let haveBytes = 0;
    for (let index = start; index < end; index++) {
      if (!have.has(geometry.pieceAt(index)!)) continue;
      const from = Math.max(offset, index * metainfo.pieceLength);
      haveBytes += Math.min(offset + length, (index + 1) * metainfo.pieceLength) - from;
    }
    return { length, haveBytes, priority: choice[file]! };
  });
}

function checkFile({ files }: Metainfo, file: number): void {
  if (files[file] !== undefined) return;
  throw new ClientError('bad-option', `there is no file ${file}: this torrent has files 0 to ${files.length - 1}`);
}
