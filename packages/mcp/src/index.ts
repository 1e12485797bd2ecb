export { type McpContext, openMcp } from "./server.ts";
export { EXCLUDED, TOOLS, toolName } from "./tools.ts";
