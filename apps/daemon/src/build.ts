import { bundleDaemon } from "./bundle.ts";

const { path, version, bytes, built } = await bundleDaemon();
console.log(`${built ? "Built" : "Up to date"}: ${path}, ${Math.round(bytes / 1024)} kB, version ${version}`);
