import type { Command } from "commander";
import { requireCredentials } from "../credentials.ts";
import { examples } from "../examples.ts";
import { type JsonOption, openOutput, withJson } from "../session.ts";

interface McpOptions extends JsonOption {
  showToken?: boolean;
}

export function addMcp(program: Command): void {
  const command = program
    .command("mcp")
    .summary("print the configuration for MCP clients")
    .description("Prints how MCP clients connect to this Berth. The token is left out unless you ask for it.")
    .option("--show-token", "print the token instead of a placeholder")
    .action(printConfiguration);
  examples(withJson(command), ["berth mcp", "berth mcp --show-token --json > .mcp.json"]);
}

async function printConfiguration(options: McpOptions): Promise<void> {
  const output = openOutput(options);
  const { url, token } = await requireCredentials();
  const address = `${url}/mcp`;
  const shown = options.showToken ? token : "<token>";
  const server = { type: "http", url: address, headers: { Authorization: `Bearer ${shown}` } };
  const configuration = { mcpServers: { berth: server } };
  const text = [
    output.paint("bold", "Claude Code"),
    `claude mcp add --transport http berth ${address} --header "Authorization: Bearer ${shown}"`,
    "",
    output.paint("bold", "Codex (config.toml; reads the token from BERTH_TOKEN)"),
    `[mcp_servers.berth]\nurl = "${address}"\nbearer_token_env_var = "BERTH_TOKEN"`,
    "",
    output.paint("bold", "VS Code (.vscode/mcp.json)"),
    JSON.stringify({ servers: { berth: server } }, null, 2),
    "",
    output.paint("bold", "Cursor, and other clients that read mcpServers"),
    JSON.stringify(configuration, null, 2),
  ];
  output.result(configuration, text.join("\n"));
}
