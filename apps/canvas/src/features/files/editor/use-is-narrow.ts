import { useMedia } from "#shared/media/media.ts";

/** Below this width, two versions of a file do not fit side by side. */
const NARROW = "(max-width: 719px)";

export const useIsNarrow = (): boolean => useMedia(NARROW);
