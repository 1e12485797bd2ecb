/** The exit code that shells report for a process that a signal ended. */
export const exitCodeOfSignal = (signal: number): number => 128 + signal;
