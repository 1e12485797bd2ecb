/**
 * `attached` to a live workspace; `retained` after its workspace was deleted or released it; `quarantined` when a
 * sweep found it without a row or although it was erased; `erasing` from the order until the second check; `erased`
 * with a receipt.
 */
export const VOLUME_STATES = ["attached", "retained", "quarantined", "erasing", "erased"] as const;
export type VolumeState = (typeof VOLUME_STATES)[number];
