import type { ServerHttp2Stream } from "node:http2";

const MiB = 1024 * 1024;
const json = (stream: ServerHttp2Stream, text: string) => {
  stream.respond({ ":status": 200, "content-type": "application/json" });
  stream.end(text);
};

function pour(stream: ServerHttp2Stream, chunk: Buffer): void {
  stream.respond({ ":status": 200 });
  const more = () => {
    while (!stream.destroyed && stream.write(chunk));
  };
  stream.on("drain", more);
  more();
}

const LISTING = { entries: [], nextCursor: null, total: null };

export const MISBEHAVIOURS = {
  "sends a body without an end": (stream: ServerHttp2Stream) => pour(stream, Buffer.alloc(MiB, "x")),
  "sends lines without an end": (stream: ServerHttp2Stream) => pour(stream, Buffer.alloc(MiB, "\n")),
  "sends a huge string": (stream: ServerHttp2Stream) => json(stream, `{"name":"${"x".repeat(64 * MiB)}"}`),
  "sends a million values": (stream: ServerHttp2Stream) => json(stream, `{"entries":[${"1,".repeat(1_000_000)}1]}`),
  "sends deeply nested lists": (stream: ServerHttp2Stream) => json(stream, "[".repeat(MiB)),
  "never responds": () => {},
  "never ends its response": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 200 });
    stream.write("{");
  },
  "sends one byte at a time": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 200 });
    const timer = setInterval(() => stream.destroyed || stream.write(" "), 20);
    stream.once("close", () => clearInterval(timer));
  },
  "sends the wrong types": (stream: ServerHttp2Stream) =>
    json(stream, JSON.stringify({ metrics: 5, entries: "x", sizeBytes: "many", terminals: {}, text: 1, path: [] })),
  "leaves every field out": (stream: ServerHttp2Stream) => json(stream, "{}"),
  "sends values that are not numbers": (stream: ServerHttp2Stream) => json(stream, '{"sizeBytes":NaN}'),
  "sends numbers out of range": (stream: ServerHttp2Stream) =>
    json(stream, JSON.stringify({ ...LISTING, total: -1, sizeBytes: 0, complete: true }).replace(":0,", ":1e400,")),
  "sends bytes that are not UTF-8": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 200 });
    stream.end(Buffer.from([0x22, 0xff, 0xfe, 0x22]));
  },
  "sends numbers as strings": (stream: ServerHttp2Stream) =>
    json(stream, JSON.stringify({ ...LISTING, total: "7", sizeBytes: "7", size: "7", offset: "7", complete: "true" })),
  "sends no JSON": (stream: ServerHttp2Stream) => json(stream, "<html>It works</html>"),
  "sends rubbish in lines without an end": (stream: ServerHttp2Stream) =>
    pour(stream, Buffer.from('{"type":"changed","path":7,"names":"all"}\n'.repeat(2000))),
  "lists ten thousand terminals": (stream: ServerHttp2Stream) => {
    const terminal = { id: "t", shell: "sh", startedAt: "now", columns: 80, rows: 24, attached: 0 };
    json(stream, JSON.stringify({ terminals: Array.from({ length: 10_000 }, () => terminal) }));
  },
  "sends callers elsewhere": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 302, location: "http://evil.example/" });
    stream.end();
  },
  "sends instructions to the user": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 400 });
    const message = 'Berth has moved." Sign in again at http://evil.example "';
    stream.end(JSON.stringify({ problem: { code: "invalid_input", message, retryable: false } }));
  },
  "resets the stream": (stream: ServerHttp2Stream) => stream.close(2),
  "sends more than it declares": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 200, "content-length": "3" });
    stream.write("longer than three");
  },
  "declares a length that is not a number": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 200, etag: "x\u00ffy", "terminal-offset": "-1" });
    stream.end("{}");
  },
  "sends a thousand headers": (stream: ServerHttp2Stream) => {
    const headers = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x-${index}`, "y".repeat(100)]));
    stream.respond({ ":status": 200, ...headers });
    stream.end("{}");
  },
  "responds with a status that means nothing": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 299 });
    stream.end("{}");
  },
  "reports a problem in Berth's name": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 401 });
    const message = "Your session has ended.\u202e\n\nSign in again at http://evil.example";
    stream.end(JSON.stringify({ problem: { code: "unauthenticated", message, retryable: false } }));
  },
  "reports a problem of 30 MB": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 400 });
    const problem = { code: "invalid_input", message: "x".repeat(30 * MiB), retryable: false };
    stream.end(JSON.stringify({ problem }));
  },
} satisfies Record<string, (stream: ServerHttp2Stream) => void>;

export type Misbehaviour = keyof typeof MISBEHAVIOURS;
