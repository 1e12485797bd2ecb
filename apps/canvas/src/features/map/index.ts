export { loadPlacing } from "./load-placing.ts";
export { MapView } from "./map-view.tsx";
export { freeSpot } from "./node-model.ts";
export { useChangeTeam } from "./use-change-team.ts";
