/** The model of runtimes without their own. */
const UNIVERSAL_MODEL = "anthropic:claude-opus-4-7";

export interface Runtime {
  title: string;
  /** The command of the workspace as an argument array; null when a person or script runs their own. */
  command: readonly string[] | null;
  model: string;
}

/**
 * What can run in a workspace. The program of an agent must be in the image; the daemon starts it and keeps its log.
 */
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

/** For the agent log and the status of the workspace, when the program of its runtime does not exist. */
export const programMissing = (program: string): string =>
  `The program "${program}" was not found. Install it in the workspace's image, or on this machine for the local backend, so that it is on the PATH. Then restart the workspace.`;

/** Never empty. An unknown runtime, as in an old row, gets the universal default. */
export const defaultModel = (runtime: string): string =>
  Object.hasOwn(RUNTIMES, runtime) ? RUNTIMES[runtime as RuntimeId].model : UNIVERSAL_MODEL;
