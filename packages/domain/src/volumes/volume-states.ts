/**
 * `attached` to a live workspace; `retained` after its workspace went or let go of it; `quarantined` when a sweep found
 * it and does not know it, or knows it as erased; `erasing` from the order until the second look; `erased` with a receipt.
 */
export const VOLUME_STATES = ["attached", "retained", "quarantined", "erasing", "erased"] as const;
export type VolumeState = (typeof VOLUME_STATES)[number];
