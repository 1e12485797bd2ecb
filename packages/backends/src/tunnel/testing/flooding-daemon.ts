import type { Socket } from "node:net";
import { connectAsDaemon } from "./connect-as-daemon.ts";

/**
 * A daemon that connects and then floods the API with unrequested frames. It writes the frames itself, because Node's
 * HTTP/2 has its own limits. It stays below the limits of the peer by waiting for acknowledgements. Arguments: the
 * socket's path, the incarnation, the token and the kind of frames.
 */
const [, , socketPath = "", incarnationId = "", token = "", kind = ""] = process.argv;

const TYPE = { headers: 1, settings: 4, ping: 6 };
const ACK = 1;
const END_HEADERS = 4;
/** The peer closes the connection when more than a thousand acknowledgements are pending. */
const UNACKNOWLEDGED_MAX = 400;
const PREFACE_BYTES = 24;
const STATUS_200 = Buffer.of(0x88);

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const times = (count: number, bytes: Buffer): Buffer => Buffer.concat(Array.from({ length: count }, () => bytes));

const ping = times(UNACKNOWLEDGED_MAX, frame(TYPE.ping, 0, 0, Buffer.alloc(8)));
/** The initial window setting, thirty times. */
const manySettings = times(30, Buffer.of(0, 4, 0, 0, 255, 255));
const settings = times(UNACKNOWLEDGED_MAX, frame(TYPE.settings, 0, 0, manySettings));

const FLOODS: Record<string, Buffer> = { pings: ping, settings };

function serve(socket: Socket): void {
  let received = Buffer.alloc(0);
  let prefaceLeft = PREFACE_BYTES;
  let waitingFor = 0;
  let flood: Buffer | null = null;

  const pour = () => {
    if (!flood || waitingFor > 0 || socket.destroyed) return;
    waitingFor = UNACKNOWLEDGED_MAX;
    socket.write(flood);
  };
  const take = (type: number, flags: number, stream: number, payload: Buffer) => {
    if ((type === TYPE.settings || type === TYPE.ping) && flags & ACK) {
      if (waitingFor > 0) waitingFor -= 1;
      pour();
    } else if (type === TYPE.settings) socket.write(frame(type, ACK, 0, Buffer.alloc(0)));
    else if (type === TYPE.ping) socket.write(frame(type, ACK, 0, payload));
    else if (type === TYPE.headers) {
      socket.write(frame(TYPE.headers, END_HEADERS, stream, STATUS_200));
      flood = FLOODS[kind] ?? null;
      pour();
    }
  };

  socket.write(frame(TYPE.settings, 0, 0, Buffer.alloc(0)));
  socket.on("error", () => {});
  socket.on("close", () => process.exit(0));
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (prefaceLeft > 0) {
      const skipped = Math.min(prefaceLeft, received.length);
      prefaceLeft -= skipped;
      received = received.subarray(skipped);
    }
    while (received.length >= 9 && received.length >= 9 + received.readUIntBE(0, 3)) {
      const end = 9 + received.readUIntBE(0, 3);
      const [type = 0, flags = 0] = received.subarray(3, 5);
      take(type, flags, received.readUInt32BE(5), received.subarray(9, end));
      received = received.subarray(end);
    }
  });
}

connectAsDaemon({ socketPath, incarnationId, token }, serve);
