import { request } from "node:http";
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";

/** A daemon that misbehaves in the way it was last told. Started with the socket's path, the incarnation and the token. */
const [, , socketPath, incarnationId, token] = process.argv;

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
  "never answers": () => {},
  "never ends its answer": (stream: ServerHttp2Stream) => {
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
  "sends numbers that are none": (stream: ServerHttp2Stream) => json(stream, '{"sizeBytes":NaN}'),
  "sends numbers out of range": (stream: ServerHttp2Stream) =>
    json(stream, JSON.stringify({ ...LISTING, total: -1, sizeBytes: 0, complete: true }).replace(":0,", ":1e400,")),
  "sends bytes that are not UTF-8": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 200 });
    stream.end(Buffer.from([0x22, 0xff, 0xfe, 0x22]));
  },
  "resets the stream": (stream: ServerHttp2Stream) => stream.close(2),
  "sends more than it declares": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 200, "content-length": "3" });
    stream.write("longer than three");
  },
  "declares a length that is no number": (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 200, etag: "x\u00ffy", "terminal-offset": "-1" });
    stream.end("{}");
  },
  "sends a thousand headers": (stream: ServerHttp2Stream) => {
    const headers = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x-${index}`, "y".repeat(100)]));
    stream.respond({ ":status": 200, ...headers });
    stream.end("{}");
  },
  "answers with a status that means nothing": (stream: ServerHttp2Stream) => {
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
export type Flood = "pings" | "settings";

function flood(session: ServerHttp2Session, what: Flood): void {
  const send = () => {
    for (let count = 0; count < 500 && !session.destroyed; count += 1) {
      if (what === "pings") session.ping(() => {});
      else session.settings({ initialWindowSize: 65_535 + count });
    }
    if (!session.destroyed) setImmediate(send);
  };
  send();
}

function dial(): void {
  let misbehave: (stream: ServerHttp2Stream) => void = () => {};
  const asking = request({
    socketPath,
    path: "/tunnel",
    headers: {
      connection: "Upgrade",
      upgrade: "berth-tunnel",
      authorization: `Bearer ${token}`,
      "x-berth-incarnation": incarnationId,
    },
  });
  asking.on("upgrade", (_response, socket, head) => {
    if (head.length > 0) socket.unshift(head);
    const session = performServerHandshake(socket, { maxOutstandingPings: 1e9, maxOutstandingSettings: 1e9 } as object);
    session.on("error", () => {});
    session.on("close", () => process.exit(0));
    session.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {});
      misbehave(stream);
    });
    process.on("message", (told: { misbehaviour?: Misbehaviour; flood?: Flood }) => {
      if (told.misbehaviour) misbehave = MISBEHAVIOURS[told.misbehaviour];
      process.send?.("done");
      if (told.flood) flood(session, told.flood);
    });
  });
  asking.end();
}

if (socketPath) dial();
