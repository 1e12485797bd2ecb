import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";
import { unframe } from "../docker/container-log.ts";
import { NODE_IN_CONTAINER } from "../docker/runtime-volume.ts";

/** Runs a program in a running container and returns its exit code and output. */
export async function inContainer(
  container: Docker.Container,
  command: readonly string[],
  user?: string,
): Promise<{ exitCode: number | null; output: string }> {
  const exec = await container.exec({
    Cmd: [...command],
    AttachStdout: true,
    AttachStderr: true,
    ...(user === undefined ? {} : { User: user }),
  });
  const output = unframe(await buffer(await exec.start({}))).toString();
  return { exitCode: (await exec.inspect()).ExitCode, output };
}

const CONNECT_PROGRAM = `
  const socket = require("node:net").connect({ host: process.argv[1], port: Number(process.argv[2]), timeout: 1500 });
  const report = (what) => { console.log(what); process.exit(); };
  socket.on("connect", () => report("connected"));
  socket.on("timeout", () => report("timeout"));
  socket.on("error", (error) => report(error.code));
`;

/** The result of a TCP connection from inside the container: `connected`, `timeout` or an error code. */
export async function connectFrom(container: Docker.Container, host: string, port: number): Promise<string> {
  const { output } = await inContainer(container, [NODE_IN_CONTAINER, "-e", CONNECT_PROGRAM, host, String(port)]);
  return output.trim();
}
