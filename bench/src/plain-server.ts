// One local HTTP connection and nothing else: what a transfer could cost at the least. Started by transfer.ts.
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { pipeline } from "node:stream/promises";

const [, , path = ""] = process.argv;
const HIGH_WATER_MARK = 1024 * 1024;

const server = createServer(async (request, response) => {
  if (request.method === "PUT") {
    await pipeline(request, createWriteStream(path, { highWaterMark: HIGH_WATER_MARK, flush: true }));
    return response.end("{}");
  }
  response.setHeader("content-length", (await stat(path)).size);
  await pipeline(createReadStream(path, { highWaterMark: HIGH_WATER_MARK }), response);
});
server.requestTimeout = 0;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
});
