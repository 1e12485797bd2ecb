import { DATA_PERSISTENCE, WORKSPACE_STATUSES, type Workspace } from "@berth/domain";
import { type Command, InvalidArgumentError, Option } from "commander";
import { examples } from "../examples.ts";
import { findWorkspace, listWorkspaces } from "../find-workspace.ts";
import { waitFor } from "../operations.ts";
import { ageText, type Output, sizeText } from "../output.ts";
import { type JsonOption, once, openSession, withJson } from "../session.ts";

interface ListOptions extends JsonOption {
  all?: boolean;
  status?: Workspace["status"];
  search?: string;
}

interface CreateOptions extends JsonOption {
  wait: boolean;
  backend?: "local" | "docker" | "ec2" | "memory";
  runtime?: string;
  image?: string;
  cpus?: number;
  memory?: number;
  instanceType?: string;
  disk?: number;
  data?: (typeof DATA_PERSISTENCE)[number];
  homeSnapshot?: boolean;
  parent?: string;
  role?: string;
  model?: string;
  tier?: number;
}

export const numberOf = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number.");
  return value;
};

export function addWorkspaces(program: Command): void {
  const ls = program
    .command("ls")
    .alias("list")
    .description("Lists the workspaces.")
    .option("-a, --all", "also deleted ones")
    .addOption(new Option("--status <status>", "only this status").choices(WORKSPACE_STATUSES))
    .option("--search <text>", "only names that contain this")
    .action(list);
  examples(withJson(ls, "print an array of workspaces"), [
    "berth ls",
    "berth ls --status online",
    "berth ls --json | jq -r '.[].name'",
  ]);

  const make = program
    .command("create")
    .description("Creates a workspace and waits until it is online.")
    .argument("<name>", "its name")
    .option("--backend <kind>", "local, docker or ec2; Berth chooses by default")
    .option("--runtime <runtime>", "the program that it starts and keeps running")
    .option("--image <image>", "the image of a Docker workspace")
    .option("--cpus <count>", "processors", numberOf)
    .option("--memory <MiB>", "memory in MiB", numberOf)
    .option("--instance-type <type>", "the instance type of an EC2 workspace")
    .option("--disk <GiB>", "the disk of an EC2 workspace", numberOf)
    .addOption(new Option("--data <mode>", "what happens to its data").choices(DATA_PERSISTENCE))
    .option("--home-snapshot", "also save the home directory")
    .option("--parent <workspace>", "the workspace above it: a name or an id")
    .option("--role <text>", "what it is for")
    .option("--model <model>", "the model of its agent")
    .option("--tier <tier>", "its size, 1 to 4", numberOf)
    .option("--no-wait", "return at once")
    .action(create);
  examples(withJson(make), [
    "berth create first",
    "berth create crawler --backend docker --image python:3.13 --data persist",
  ]);

  const info = program
    .command("info")
    .description("Shows a workspace, its data and its last operation.")
    .argument("<workspace>", "a name or an id")
    .action(show);
  examples(withJson(info), ["berth info first", "berth info first --json | jq -r .status"]);
}

async function list(options: ListOptions): Promise<void> {
  const session = await openSession(options);
  const { status, search, all } = options;
  const items = await listWorkspaces(session, {
    ...(status ? { status } : {}),
    ...(search ? { search } : {}),
    includeDeleted: all ?? false,
  });
  const { output } = session;
  const rows = items.map((each) => [
    each.name,
    statusText(output, each),
    each.backend,
    each.runtime,
    ageText(each.createdAt),
    each.id,
  ]);
  const text = items.length === 0 ? "No workspaces. Create one: berth create <name>" : "";
  output.result(items, text || output.table(["NAME", "STATUS", "BACKEND", "RUNTIME", "AGE", "ID"], rows));
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const session = await openSession(options);
  const { berth, output } = session;
  const { runtime, parent, role, model, tier } = options;
  const parentId = parent === undefined ? undefined : (await findWorkspace(session, parent)).id;
  const compute = {
    ...{ backend: options.backend, image: options.image, cpus: options.cpus, memoryMb: options.memory },
    ...{ instanceType: options.instanceType, diskGb: options.disk, dataPersistence: options.data },
    homeSnapshot: options.homeSnapshot,
  };
  const input = withoutUndefined({ name, runtime, parentId, role, model, tier, compute: withoutUndefined(compute) });
  const created = await once((call) => berth.workspaces.create.mutate(input as { name: string }, call));
  const { id } = created.workspace;
  if (!options.wait) {
    output.result(created, `Creating "${created.workspace.name}" (${id}). See it with: berth info ${id}`);
    return;
  }
  const operation = await waitFor(session, created.operation, created.workspace.name);
  const workspace = await berth.workspaces.get.query({ id });
  output.result({ workspace, operation }, `"${workspace.name}" is ${statusText(output, workspace)}. Its id is ${id}.`);
}

async function show(nameOrId: string, options: JsonOption): Promise<void> {
  const session = await openSession(options);
  const workspace = await findWorkspace(session, nameOrId);
  // A workspace's token may not read operations.
  const operations = await session.berth.operations.list
    .query({ workspaceId: workspace.id, limit: 1 })
    .catch(() => ({ items: [] }));
  const [operation = null] = operations.items;
  session.output.result({ ...workspace, lastOperation: operation }, infoText(session.output, workspace, operation));
}

function infoText(output: Output, workspace: Workspace, operation: { kind: string; status: string } | null): string {
  const { volume, effectivePersistence, statusReason } = workspace;
  const lines: [string, string | null][] = [
    ["name", workspace.name],
    ["id", workspace.id],
    ["status", statusText(output, workspace)],
    ["because", statusReason?.message ?? null],
    ["backend", workspace.backend],
    ["runtime", workspace.runtime],
    ["role", workspace.role],
    ["parent", workspace.parentId],
    ["data", `${workspace.compute.dataPersistence}: ${effectivePersistence.why}`],
    ["volume", volume && `${volume.id}, ${volume.state}, ${sizeText(volume.sizeBytes)}`],
    ["created", workspace.createdAt],
    ["kept until", workspace.retainedUntil],
    ["last operation", operation && `${operation.kind}, ${operation.status}`],
    ["next", workspace.restartRequired ? `berth restart ${workspace.id}: its settings have changed` : null],
  ];
  const shown = lines.filter(([, value]) => value);
  return shown.map(([label, value]) => `${output.paint("dim", `${label}:`.padEnd(16))} ${value}`).join("\n");
}

export function statusText(output: Output, { status }: Pick<Workspace, "status">): string {
  if (status === "online") return output.paint("green", status);
  if (status === "failed" || status === "offline" || status === "degraded") return output.paint("red", status);
  return status;
}

export const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
