/** Loads the code that places new team members on first use. */
export const loadPlacing = () => import("./placing.ts");
