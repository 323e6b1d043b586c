/** Part of a piece, as it is asked for. */
export interface Block {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

/** The same for a request and its answer. */
export function key({ piece, begin }: Pick<Block, 'piece' | 'begin'>): string {
  return `${piece}:${begin}`;
}
