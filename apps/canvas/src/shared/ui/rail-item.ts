/** A button of the rail: side by side on phones, stacked elsewhere. */
export const RAIL_ITEM =
  "flex min-w-0 flex-auto flex-col items-center justify-center gap-1 rounded-lg px-0.5 py-2 text-xs font-medium md:w-20 md:flex-none " +
  "transition-colors [&>svg]:size-5";
