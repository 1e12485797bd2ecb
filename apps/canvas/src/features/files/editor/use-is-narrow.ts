import { useMedia } from "#shared/media/use-media.ts";

/** Below this, two versions of a file have no room side by side. */
const NARROW = "(max-width: 719px)";

export const useIsNarrow = (): boolean => useMedia(NARROW);
