import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

/** Where the API listens while `next dev` serves the canvas. The built canvas is served by the API itself. */
const apiUrl = process.env.BERTH_API_URL ?? "http://127.0.0.1:3000";
const isDev = process.env.NODE_ENV === "development";

const API_PATHS = ["/trpc/:path*", "/files/:path*", "/terminal/:path*", "/session", "/sign-in"];

const config: NextConfig = {
  // Rewrites need a server, so only development has them; the export needs none.
  ...(isDev
    ? { rewrites: async () => API_PATHS.map((source) => ({ source, destination: `${apiUrl}${source}` })) }
    : { output: "export" as const }),
  transpilePackages: ["@berth/client", "@berth/domain"],
  turbopack: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    resolveAlias: {
      "d3-color": "./src/shared/d3/no-color.ts",
      // Browsers without these features lack others that the canvas needs, so its polyfills never ran.
      "../build/polyfills/polyfill-module": "./src/shared/browser/no-polyfills.ts",
      // React Flow's store uses a shim for React 17; React has the hook itself.
      "use-sync-external-store/shim": "react",
    },
  },
  // Types are checked by `pnpm check`, against the declarations of the packages; a build on a fresh clone has none yet.
  typescript: { ignoreBuildErrors: true },
  reactStrictMode: true,
  devIndicators: false,
};

export default config;
