import { DomainError, LIMITS, parseWorkspacePath } from "@berth/domain";
import { watchFolders } from "../files/watch.ts";
import { type Handler, rootOf } from "./handler.ts";

export const postWatch: Handler = async (context, call) => {
  const { root, paths } = await call.json();
  if (typeof root !== "string" || !Array.isArray(paths) || paths.length > LIMITS.watchedFoldersMax)
    throw new DomainError("invalid_input", `"paths" must be at most ${LIMITS.watchedFoldersMax} paths.`);
  const parsed = paths.map((path) => parseWorkspacePath(root, String(path)));
  const [first] = parsed;
  if (first === undefined) throw new DomainError("invalid_input", '"paths" must name a folder.');
  const messages = watchFolders(rootOf(context, first), parsed, call.signal);
  try {
    // Wait for the first message before sending headers, so that a failed watch is still reported as a problem.
    let message = await messages.next();
    call.stream.respond({ ":status": 200, "content-type": "application/x-ndjson" });
    for (; !message.done; message = await messages.next()) await call.write(`${JSON.stringify(message.value)}\n`);
    call.stream.end();
  } finally {
    await messages.return(undefined);
  }
};
