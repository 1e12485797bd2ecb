/**
 * The only thing that may erase. The class is nominal (it has a private field), so no object literal satisfies it.
 * `fromRow` is only reachable through the subpath `@berth/domain/erase-order`, which the import rules restrict to
 * `packages/db`. So an order exists only if its row in Postgres exists.
 */
export const ERASE_REASONS = ["delete_with_erase", "erase_now", "retention_expired"] as const;
export type EraseReason = (typeof ERASE_REASONS)[number];

export interface EraseOrderRow {
  id: string;
  volumeId: string;
  backend: string;
  reason: EraseReason;
  requestedBy: string;
  requestedAt: Date;
}

export class EraseOrder {
  readonly #row: EraseOrderRow;

  private constructor(row: EraseOrderRow) {
    this.#row = row;
  }

  /** Only for `packages/db`, right after reading the row. */
  static fromRow(row: EraseOrderRow): EraseOrder {
    return new EraseOrder(row);
  }

  get id(): string {
    return this.#row.id;
  }

  get volumeId(): string {
    return this.#row.volumeId;
  }

  get reason(): EraseReason {
    return this.#row.reason;
  }
}
