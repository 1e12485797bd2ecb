export { MapView } from "./map-view.tsx";
export { freeSpot } from "./node-model.ts";
