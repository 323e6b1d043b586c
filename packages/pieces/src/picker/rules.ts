import { PiecesError } from '../errors.js';
import { ENDGAME_COPIES_MAX, PARTIAL_PIECES_MAX, RANDOM_FIRST_PIECES } from '../limits.js';

/** In which order pieces of one priority are begun. */
export type Strategy = 'rarest-first' | 'sequential';

/** How a picker chooses. */
export interface PickerOptions {
  /** Default `'rarest-first'`. */
  readonly strategy?: Strategy;
  /** How many pieces are begun at random before rarest-first. Default `RANDOM_FIRST_PIECES`. */
  readonly randomFirstPieces?: number;
  /** Default `PARTIAL_PIECES_MAX`. Not a hard bound: a peer that can help with nothing in progress begins another. */
  readonly partialPiecesMax?: number;
  /** From how many peers a block may be requested at once, in endgame. Default `ENDGAME_COPIES_MAX`. */
  readonly endgameCopiesMax?: number;
}

/** The options of a picker, all of them, checked. */
export class PickerRules {
  readonly randomFirstPieces: number;
  readonly partialPiecesMax: number;
  readonly endgameCopiesMax: number;
  private order: Strategy = 'rarest-first';

  constructor(options: PickerOptions) {
    this.strategy = options.strategy ?? 'rarest-first';
    this.randomFirstPieces = checkedInteger('randomFirstPieces', options.randomFirstPieces ?? RANDOM_FIRST_PIECES, 0);
    this.partialPiecesMax = checkedInteger('partialPiecesMax', options.partialPiecesMax ?? PARTIAL_PIECES_MAX, 1);
    this.endgameCopiesMax = checkedInteger('endgameCopiesMax', options.endgameCopiesMax ?? ENDGAME_COPIES_MAX, 1, 64);
  }

  get strategy(): Strategy {
    return this.order;
  }

  set strategy(strategy: Strategy) {
    if (strategy !== 'rarest-first' && strategy !== 'sequential') {
      throw new PiecesError('bad-option', `strategy ${String(strategy)}: expected 'rarest-first' or 'sequential'`);
    }
    this.order = strategy;
  }
}

export function checkedInteger(name: string, value: number, least: number, most: number = 2 ** 31): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new PiecesError('bad-option', `${name} ${value}: expected a whole number from ${least} to ${most}`);
}
