import { DATA_ROOTS, DomainError, LIMITS } from "@berth/domain";
import { Lister } from "../files/list.ts";
import { ORDERS, SORTS } from "../files/list-cursor.ts";
import { statFile } from "../files/read-file.ts";
import { search } from "../files/search.ts";
import { measureUsage } from "../files/usage.ts";
import { type Handler, rootOf } from "./handler.ts";

const lister = new Lister();

export const getList: Handler = async (context, call) => {
  const { path } = call;
  const options = {
    limit: Math.max(1, call.integer("limit", LIMITS.filesListLimitDefault, LIMITS.filesListLimitMax)),
    cursor: call.query.get("cursor"),
    sort: call.choice("sort", SORTS, "name"),
    order: call.choice("order", ORDERS, "asc"),
  };
  call.respondJson(await lister.list(rootOf(context, path), path, options));
};

export const getStat: Handler = async (context, call) => {
  const { path } = call;
  call.respondJson(await statFile(rootOf(context, path), path));
};

export const getSearch: Handler = async (context, call) => {
  const { path } = call;
  const name = call.query.get("name");
  const content = call.query.get("content");
  if (!name && !content)
    throw new DomainError("invalid_input", "Specify what to search for: a name, content, or both.");
  const limit = Math.max(1, call.integer("limit", LIMITS.searchMatchesMax, LIMITS.searchMatchesMax));
  const ignoreCase = call.query.get("ignoreCase") === "true";
  const matches = search(rootOf(context, path), path, { name, content, ignoreCase, limit, signal: call.signal });
  // Wait for the first result before sending headers, so that a missing folder is still reported as a problem.
  let match = await matches.next();
  call.stream.respond({ ":status": 200, "content-type": "application/x-ndjson" });
  for (; !match.done; match = await matches.next()) await call.write(`${JSON.stringify(match.value)}\n`);
  call.stream.end();
};

export const getUsage: Handler = async ({ roots, status }, call) => {
  const served = DATA_ROOTS.map((root) => roots.get(root)).filter((root) => root !== undefined);
  const usage = await measureUsage(served, call.signal);
  status.noteUsage(usage.sizeBytes);
  call.respondJson(usage);
};
