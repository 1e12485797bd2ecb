import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { WebSocket } from "ws";

export interface PreviewResponse {
  status: number;
  headers: IncomingMessage["headers"];
  text: string;
}

/** Requests to the name of a preview, which no resolver knows here. */
export function previewCalls(port: number, host: string) {
  /** Resolves with the headers of the response. */
  async function open(path: string, headers: OutgoingHttpHeaders = {}, method = "GET") {
    const request = httpRequest({ host: "127.0.0.1", port, path, method, agent: false, headers: { host, ...headers } });
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, text: () => text(response) };
  }

  return {
    open,
    async get(path: string, headers: OutgoingHttpHeaders = {}, method = "GET"): Promise<PreviewResponse> {
      const opened = await open(path, headers, method);
      return { ...opened, text: await opened.text() };
    },
    socket: (path: string, headers: Record<string, string> = {}) =>
      new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { host, ...headers } }),
  };
}

export const cookieIn = ({ headers }: PreviewResponse): string => headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
