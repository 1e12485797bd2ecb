/** The lowest zoom: workspaces 15,000 px apart fit into a window of 1,280 px. */
export const ZOOM_MIN = 0.05;
