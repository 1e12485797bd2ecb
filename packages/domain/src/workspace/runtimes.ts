/** The model of every runtime that does not name its own. */
const UNIVERSAL_MODEL = "anthropic:claude-opus-4-7";

export interface Runtime {
  title: string;
  /** The workspace's command as an argument array; null when a person or script brings their own. */
  command: readonly string[] | null;
  model: string;
}

/** What can run in a workspace. An agent's program must be in the image; the daemon starts it and keeps its log. */
export const RUNTIMES = {
  shell: { title: "Shell", command: null, model: UNIVERSAL_MODEL },
  "claude-code": { title: "Claude Code", command: ["claude-agent"], model: "sonnet" },
  langgraph: { title: "LangGraph", command: ["langgraph-agent"], model: UNIVERSAL_MODEL },
  deepagents: { title: "DeepAgents", command: ["deepagents-agent"], model: UNIVERSAL_MODEL },
  crewai: { title: "CrewAI", command: ["crewai-agent"], model: UNIVERSAL_MODEL },
  autogen: { title: "AutoGen", command: ["autogen-agent"], model: UNIVERSAL_MODEL },
  codex: { title: "Codex", command: ["codex-agent"], model: UNIVERSAL_MODEL },
  "gemini-cli": { title: "Gemini CLI", command: ["gemini-agent"], model: UNIVERSAL_MODEL },
  hermes: { title: "Hermes", command: ["hermes-agent"], model: UNIVERSAL_MODEL },
  openclaw: { title: "OpenClaw", command: ["openclaw-agent"], model: UNIVERSAL_MODEL },
} as const satisfies Record<string, Runtime>;

export type RuntimeId = keyof typeof RUNTIMES;
export const RUNTIME_IDS = Object.keys(RUNTIMES) as [RuntimeId, ...RuntimeId[]];

/** What the agent log and the workspace's status say when the program of its runtime is not there. */
export const programMissing = (program: string): string =>
  `The program "${program}" was not found. Install it in the workspace's image, or on this machine for the local backend, so that it is on the PATH. Then restart the workspace.`;

/** Never empty. An unknown runtime, as an old row may hold, gets the universal default. */
export const defaultModel = (runtime: string): string =>
  Object.hasOwn(RUNTIMES, runtime) ? RUNTIMES[runtime as RuntimeId].model : UNIVERSAL_MODEL;
