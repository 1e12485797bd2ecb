/** Where newcomers of a team stand is worked out by code that comes when somebody first joins one. */
export const loadPlacing = () => import("./placing.ts");
