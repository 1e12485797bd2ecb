import { type Action, DomainError, type Problem } from "@berth/domain";
import { TRPCError } from "@trpc/server";
import type { z } from "zod";
import { appRouter } from "./app-router.ts";
import type { RequestContext } from "./context.ts";
import { problemOf, problemOfUnexpected } from "./problems.ts";
import { definitionOf } from "./procedure-definition.ts";
import { createCallerFactory } from "./trpc.ts";

const createCaller = createCallerFactory(appRouter);

type Procedures = Readonly<Record<string, (input: unknown) => Promise<unknown>>>;

/**
 * Calls a procedure by name with the same checks as over HTTP. The result of a subscription is an `AsyncIterable`.
 *
 * @throws TRPCError: `problemOfCall` gives its problem.
 */
export async function callProcedure(context: RequestContext, path: Action, input: unknown): Promise<unknown> {
  const [router = "", name = ""] = path.split(".");
  const procedures = (createCaller(context) as unknown as Readonly<Record<string, Procedures>>)[router];
  return procedures?.[name]?.(input);
}

/** @throws Error when there is no such procedure. */
export function inputOfProcedure(path: Action): z.ZodType {
  const [input] = definitionOf(path)?._def.inputs ?? [];
  if (!input) throw new Error(`There is no procedure ${path} with an input.`);
  return input as z.ZodType;
}

/** The problem of an error that `callProcedure` or the iteration of its result has thrown. */
export function problemOfCall(error: unknown): Problem {
  if (error instanceof DomainError) return error.problem;
  return error instanceof TRPCError ? problemOf(error) : problemOfUnexpected(error);
}
