// A plain HTTP server on one local connection: the minimum cost of a transfer. Started by transfer.ts.
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";

const [, , path = ""] = process.argv;
const HIGH_WATER_MARK = 1024 * 1024;

const server = createServer((request, response) => void serve(request, response));
server.requestTimeout = 0;

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "PUT") {
    await pipeline(request, createWriteStream(path, { highWaterMark: HIGH_WATER_MARK, flush: true }));
    response.end("{}");
    return;
  }
  response.setHeader("content-length", (await stat(path)).size);
  await pipeline(createReadStream(path, { highWaterMark: HIGH_WATER_MARK }), response);
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
});
