// A server inside a workspace. Arguments: the address to listen on. It prints its port.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const ACCEPT_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
let sentBytes = 0;

const ROUTES = {
  async "/echo"(request, response) {
    const chunks = await request.toArray();
    response.writeHead(207, [
      "Content-Type",
      "application/json",
      "Set-Cookie",
      "theirs=1; Domain=localhost; Path=/",
      "X-Twice",
      "1",
      "X-Twice",
      "2",
    ]);
    const { method, url, rawHeaders } = request;
    response.end(JSON.stringify({ method, url, rawHeaders, body: Buffer.concat(chunks).toString() }));
  },
  // Responds while the request is still being sent.
  "/upper"(request, response) {
    request.on("data", (chunk) => response.write(chunk.toString().toUpperCase()));
    request.on("end", () => response.end());
  },
  "/events"(request, response) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: first\n\n");
    request.socket.once("close", () => console.log("events closed"));
  },
  "/flood"(_request, response) {
    const chunk = Buffer.alloc(65_536, "x");
    const send = () => {
      while (!response.destroyed) {
        sentBytes += chunk.length;
        if (!response.write(chunk)) return response.once("drain", send);
      }
    };
    send();
  },
  "/sent"(_request, response) {
    response.end(String(sentBytes));
  },
  async "/hash"(request, response) {
    const hash = createHash("sha256");
    for await (const chunk of request) hash.update(chunk);
    response.end(hash.digest("hex"));
  },
  "/cut"(_request, response) {
    response.writeHead(200, { "content-length": 100 });
    response.write("a part", () => response.destroy());
  },
  "/away"(request, response) {
    response.writeHead(302, { location: `http://${request.headers.host}/echo` }).end();
  },
  "/page"(_request, response) {
    response.writeHead(200, { "content-type": "text/html" }).end("<title>Mine</title><h1>My page</h1>");
  },
};

const server = createServer((request, response) => {
  const route = ROUTES[request.url.split("?")[0]];
  if (route) return route(request, response);
  response.writeHead(404).end("theirs");
});
server.on("upgrade", (request, socket, head) => {
  if (request.url === "/refuse") return socket.end("HTTP/1.1 418 Teapot\r\ncontent-length: 5\r\n\r\nshort");
  const accept = createHash("sha1")
    .update(request.headers["sec-websocket-key"] + ACCEPT_KEY)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  // Frames of a client are masked, so each is unmasked and sent back.
  const echo = (frame) => {
    const length = frame[1] & 0x7f;
    const mask = frame.subarray(2, 6);
    const payload = frame.subarray(6, 6 + length).map((byte, at) => byte ^ mask[at % 4]);
    socket.write(Buffer.concat([Buffer.from([frame[0], length]), payload]));
  };
  if (head.length > 0) echo(head);
  socket
    .on("data", echo)
    .on("error", () => {})
    .once("end", () => socket.end())
    .once("close", () => console.log("socket closed"));
});
server.listen(0, process.argv[2], () => console.log(server.address().port));
