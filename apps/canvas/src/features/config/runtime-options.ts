import { type BackendKind, RUNTIMES, type Workspace } from "@berth/domain";

interface OfferedRuntime {
  id: string;
  title: string;
  backends: readonly BackendKind[];
}

/** The runtimes that work on the workspace's backend, and its current one even if that does not. */
export function runtimeOptions(
  offered: readonly OfferedRuntime[],
  { runtime, backend }: Pick<Workspace, "runtime" | "backend">,
): { value: string; label: string }[] {
  const options = offered
    .filter(({ backends }) => backends.includes(backend))
    .map(({ id, title }) => ({ value: id, label: title }));
  if (options.some(({ value }) => value === runtime)) return options;
  const title = runtime in RUNTIMES ? RUNTIMES[runtime as keyof typeof RUNTIMES].title : runtime;
  return [...options, { value: runtime, label: title }];
}
