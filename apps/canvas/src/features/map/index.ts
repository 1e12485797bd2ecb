export { MapView } from "./map-view.tsx";
export { freeSpot } from "./node-model.ts";
export { useChangeTeam } from "./use-change-team.ts";

/** Loads the code that places new members of a team. */
export const loadPlacing = () => import("./placing.ts");
