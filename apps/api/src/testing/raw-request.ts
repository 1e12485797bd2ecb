import { connect } from "node:net";
import type { ApiResponse, TestApi } from "./test-api.ts";

/** Sends the address unchanged; `fetch` would normalise it. */
export async function rawRequest({ api }: TestApi, method: string, path: string): Promise<ApiResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(api.port, "127.0.0.1");
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
  });
  socket.on("end", () => resolve(received)).on("error", reject);
  const head = [`${method} ${path} HTTP/1.1`, "host: localhost", "connection: close", "content-length: 0"];
  socket.write(`${[...head, `authorization: Bearer ${api.ownerToken}`].join("\r\n")}\r\n\r\n`);
  const [top = "", text = ""] = (await promise).split("\r\n\r\n");
  const data = JSON.parse(text);
  return { status: Number(top.split(" ")[1]), headers: new Headers(), text, data, problem: data.error?.data?.problem };
}
