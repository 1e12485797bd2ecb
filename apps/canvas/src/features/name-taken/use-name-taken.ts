import { useSnapshot } from "#features/workspaces/index.ts";
import { problemOf } from "#shared/api/problem.ts";
import { freeName } from "./free-name.ts";

export interface NameTaken {
  wanted: string;
  /** The workspace with the name; null if it no longer exists. */
  other: { id: string; name: string } | null;
  /** A name that is free according to the map. */
  suggestion: string;
}

/** The details of a refused name; null for any other error. */
export function useNameTaken(error: unknown): NameTaken | null {
  const nodes = useSnapshot().data?.nodes ?? [];
  const problem = problemOf(error);
  if (problem?.code !== "name_taken") return null;
  const { name, workspaceId } = problem.details ?? {};
  const wanted = typeof name === "string" ? name : "";
  const other = nodes.find(({ id }) => id === workspaceId);
  const siblings = other ? nodes.filter(({ parentId }) => parentId === other.parentId) : [];
  return {
    wanted,
    other: other ? { id: other.id, name: other.name } : null,
    suggestion: freeName(wanted, [wanted, ...siblings.map((node) => node.name)]),
  };
}
