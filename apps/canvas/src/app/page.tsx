import { App } from "#features/shell/index.ts";

export default function CanvasPage() {
  return <App />;
}
