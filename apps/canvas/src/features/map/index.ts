export { MapView } from "./map-view.tsx";
export { CARD, freeSpot } from "./node-model.ts";
