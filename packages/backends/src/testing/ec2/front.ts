import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { KeyedLock } from "@berth/domain";
import { type Ec2Simulator, SIMULATOR_REGION } from "./simulator.ts";
import { child, type Element, items, parseXml, writeXml } from "./xml.ts";

/** Calls that change something, after which the simulator polls at once. */
const CHANGES = /^(Run|Start|Stop|Terminate|Create|Delete|Attach|Detach|Modify)/;

interface Reply {
  status: number;
  body: string;
}

interface Fault {
  action: string;
  times: number;
  /** `lost`: the call takes effect, but its reply never arrives. */
  how: Refusal | "lost";
}

interface Refusal {
  status: number;
  code: string;
}

export const THROTTLED: Refusal = { status: 503, code: "RequestLimitExceeded" };
export const BROKEN: Refusal = { status: 500, code: "InternalError" };
export const DENIED: Refusal = { status: 403, code: "UnauthorizedOperation" };

/**
 * A proxy between a backend and moto. It adds what moto omits from EC2: transitional states that last as long as the
 * machine takes, client tokens, refusals of premature calls, and console output. It also injects faults.
 * Everything else is moto's own reply.
 */
export class Ec2Front {
  readonly #server: Server;
  readonly #moto: string;
  readonly #simulator: Ec2Simulator;
  readonly #remembered = new Map<string, { request: string; reply: Reply }>();
  readonly #lock = new KeyedLock();
  readonly calls = new Map<string, number>();
  /** Calls while faults were enabled, and how many of them failed. */
  readonly failures = { of: 0, count: 0 };
  /** EBS volumes that EC2 has lost. */
  readonly brokenVolumes = new Set<string>();
  #faults: Fault[] = [];
  readonly #hiddenUntil = new Map<string, number>();
  #invisibleMs = 0;
  #errorRate = 0;
  #delayMsMax = 0;
  #random: () => number = Math.random;
  #isUnreachable = false;
  /** The region that responds instead of the requested one. */
  #otherRegion: string | null = null;

  private constructor(moto: string, simulator: Ec2Simulator) {
    this.#moto = moto;
    this.#simulator = simulator;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async open(moto: string, simulator: Ec2Simulator): Promise<Ec2Front> {
    const front = new Ec2Front(moto, simulator);
    await new Promise<void>((resolve) => front.#server.listen(0, "127.0.0.1", resolve));
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Makes the next calls of this action fail, or take effect without a response. */
  fail(action: string, how: Fault["how"], times = 1): void {
    this.#faults.push({ action, how, times });
  }

  /**
   * Makes this share of all calls fail: a third each throttled, broken, and executed without a response. Delays all
   * reply.
   */
  misbehave({ errorRate, delayMsMax, random }: { errorRate: number; delayMsMax: number; random?: () => number }): void {
    this.#errorRate = errorRate;
    this.#delayMsMax = delayMsMax;
    this.#random = random ?? Math.random;
  }

  /** Hides whatever is created from now on from listings and lookups for this long. */
  hideNew(milliseconds: number): void {
    this.#invisibleMs = milliseconds;
  }

  /** Resets every connection from now on. */
  becomeUnreachable(): void {
    this.#isUnreachable = true;
  }

  /** Responds to every call from another region, as wrong settings would. */
  respondFrom(region: string): void {
    this.#otherRegion = region;
  }

  behave(): void {
    this.#isUnreachable = false;
    this.#otherRegion = null;
    this.#faults = [];
    this.#invisibleMs = 0;
    this.#errorRate = 0;
    this.#delayMsMax = 0;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#isUnreachable) return void response.destroy();
    const body = (await buffer(request)).toString();
    const form = new URLSearchParams(body);
    const action = form.get("Action") ?? "";
    this.calls.set(action, (this.calls.get(action) ?? 0) + 1);
    const fault = this.#nextFault(action);
    if (this.#delayMsMax > 0) await pause(this.#random() * this.#delayMsMax);
    if (fault !== null && fault !== "lost") return send(response, refusal(fault.status, fault.code, "On command."));
    const reply = await this.#reply(action, form, () => this.#forward(request, body));
    if (CHANGES.test(action)) this.#simulator.changed();
    if (fault === "lost") response.destroy();
    else send(response, reply);
  }

  #nextFault(action: string): Fault["how"] | null {
    const fault = this.#faults.find((each) => each.action === action && each.times > 0);
    if (fault) {
      fault.times -= 1;
      return fault.how;
    }
    if (this.#errorRate === 0) return null;
    this.failures.of += 1;
    if (this.#random() >= this.#errorRate) return null;
    this.failures.count += 1;
    return ([THROTTLED, BROKEN, "lost"] as const)[Math.floor(this.#random() * 3)] ?? null;
  }

  async #reply(action: string, form: URLSearchParams, forward: () => Promise<Reply>): Promise<Reply> {
    switch (action) {
      case "RunInstances":
      case "CreateVolume":
        return this.#once(action, form, forward);
      case "DescribeInstances":
        if (idsIn(form).some((id) => this.#isHidden(id))) {
          return refusal(400, "InvalidInstanceID.NotFound", "The instance is not there yet.");
        }
        return this.#withStates(await forward());
      case "DescribeVolumes":
        return this.#withHolders(await forward());
      case "GetConsoleOutput":
        return this.#consoleOutput(form.get("InstanceId") ?? "", await forward());
      case "StartInstances":
      case "StopInstances":
      case "AttachVolume":
        return (await this.#tooEarly(action, form)) ?? forward();
      case "TerminateInstances":
        return this.#terminate(form);
      case "DeleteVolume":
        return this.#simulator.isHeld(form.get("VolumeId") ?? "") ? volumeInUse() : forward();
      default:
        return forward();
    }
  }

  /** Moto accepts a client token but creates another instance. AWS returns the result of the first call. */
  #once(action: string, form: URLSearchParams, forward: () => Promise<Reply>): Promise<Reply> {
    const token = form.get("ClientToken");
    if (!token) return forward();
    const request = [...form]
      .map((pair) => pair.join("="))
      .sort()
      .join("&");
    return this.#lock.run(`${action} ${token}`, async () => {
      const known = this.#remembered.get(`${action} ${token}`);
      if (known) {
        if (known.request === request) return known.reply;
        return refusal(400, "IdempotentParameterMismatch", "The token was used with other parameters.");
      }
      const reply = await forward();
      if (reply.status !== 200) return reply;
      this.#remembered.set(`${action} ${token}`, { request, reply });
      const what = action === "RunInstances" ? "instanceId" : "volumeId";
      const id = new RegExp(`<${what}>([^<]+)<`).exec(reply.body)?.[1];
      if (id) this.#hiddenUntil.set(id, performance.now() + this.#invisibleMs);
      return reply;
    });
  }

  /** Refuses what moto allows: starting a terminated instance and attaching a volume that another machine holds. */
  async #tooEarly(action: string, form: URLSearchParams): Promise<Reply | null> {
    const ids = idsIn(form);
    const states = await this.#statesOf(ids);
    const fits = {
      StartInstances: ["stopped", "running", "pending"],
      StopInstances: ["running", "stopping", "stopped"],
    };
    const allowed = fits[action as keyof typeof fits] ?? ["running", "stopped"];
    const odd = states.find((state) => !allowed.includes(state));
    if (odd) {
      const code = action === "AttachVolume" ? "IncorrectState" : "IncorrectInstanceState";
      return refusal(400, code, `The instance is ${odd}.`);
    }
    if (action !== "AttachVolume") return null;
    const volume = form.get("VolumeId") ?? "";
    return this.#simulator.isHeld(volume) || (await this.#isAttached(volume)) ? volumeInUse() : null;
  }

  #isHidden(id: string): boolean {
    return performance.now() < (this.#hiddenUntil.get(id) ?? 0);
  }

  async #terminate(form: URLSearchParams): Promise<Reply> {
    const ids = idsIn(form);
    const states = await this.#statesOf(ids);
    if (states.length < ids.length) return refusal(400, "InvalidInstanceID.NotFound", "An instance was not found.");
    const going = ids.filter((_, index) => states[index] !== "terminated");
    for (const id of going) this.#simulator.terminate(id);
    const state = "<currentState><code>32</code><name>shutting-down</name></currentState>";
    const set = going.map((id) => `<item><instanceId>${id}</instanceId>${state}</item>`).join("");
    const body = `<TerminateInstancesResponse><instancesSet>${set}</instancesSet></TerminateInstancesResponse>`;
    return { status: 200, body };
  }

  async #statesOf(ids: readonly string[]): Promise<string[]> {
    const form = new URLSearchParams({ Action: "DescribeInstances", Version: API_VERSION });
    for (const [index, id] of ids.entries()) form.set(`InstanceId.${index + 1}`, id);
    const states: string[] = [];
    this.#eachInstance(await this.#ask(form), (_, state) => states.push(state));
    return states;
  }

  async #isAttached(volumeId: string): Promise<boolean> {
    const form = new URLSearchParams({ Action: "DescribeVolumes", Version: API_VERSION, "VolumeId.1": volumeId });
    const root = parseXml((await this.#ask(form)).body);
    return items(child(root, "volumeSet")).some((volume) => items(child(volume, "attachmentSet")).length > 0);
  }

  #eachInstance(reply: Reply, take: (id: string, state: string, element: Element) => void): Element | null {
    if (reply.status !== 200) return null;
    const root = parseXml(reply.body);
    for (const reservation of items(child(root, "reservationSet"))) {
      for (const instance of items(child(reservation, "instancesSet"))) {
        const id = child(instance, "instanceId")?.text ?? "";
        const name = child(child(instance, "instanceState"), "name");
        if (name) take(id, this.#simulator.instanceState(id, name.text), name);
      }
    }
    return root;
  }

  #withStates(reply: Reply): Reply {
    const root = this.#eachInstance(reply, (_, state, name) => {
      name.text = state;
    });
    for (const reservation of items(child(root ?? undefined, "reservationSet"))) {
      this.#hide(child(reservation, "instancesSet"), "instanceId");
    }
    return root ? { status: 200, body: writeXml(root) } : reply;
  }

  #hide(set: Element | undefined, idName: string): void {
    if (set) set.children = set.children.filter((item) => !this.#isHidden(child(item, idName)?.text ?? ""));
  }

  #withHolders(reply: Reply): Reply {
    if (reply.status !== 200) return reply;
    const root = parseXml(reply.body);
    for (const volume of items(child(root, "volumeSet"))) {
      const status = child(volume, "status");
      const id = child(volume, "volumeId")?.text ?? "";
      if (status && this.#simulator.isHeld(id)) status.text = "in-use";
      if (status && this.brokenVolumes.has(id)) status.text = "error";
    }
    this.#hide(child(root, "volumeSet"), "volumeId");
    return { status: 200, body: writeXml(root) };
  }

  /** Replaces moto's fixed text with what the machine has written to its console. */
  #consoleOutput(instanceId: string, reply: Reply): Reply {
    if (reply.status !== 200) return reply;
    const root = parseXml(reply.body);
    const output = child(root, "output");
    if (output) output.text = this.#simulator.console(instanceId).toString("base64");
    return { status: 200, body: writeXml(root) };
  }

  async #forward(request: IncomingMessage, body: string): Promise<Reply> {
    const { authorization = "", "content-type": type = "" } = request.headers;
    const response = await fetch(this.#moto, {
      method: "POST",
      body,
      headers: { authorization: this.#inRegion(authorization), "content-type": type },
    });
    return { status: response.status, body: await response.text() };
  }

  /** Moto reads the region from the signature and verifies no signature. */
  #inRegion(authorization: string): string {
    return this.#otherRegion === null ? authorization : authorization.replace(SIMULATOR_REGION, this.#otherRegion);
  }

  async #ask(form: URLSearchParams): Promise<Reply> {
    const authorization =
      "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0";
    const response = await fetch(this.#moto, { method: "POST", body: form, headers: { authorization } });
    return { status: response.status, body: await response.text() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const idsIn = (form: URLSearchParams): string[] =>
  [...form].filter(([name]) => /^InstanceId(\.\d+)?$/.test(name)).map(([, id]) => id);

const API_VERSION = "2016-11-15";

const volumeInUse = (): Reply => refusal(400, "VolumeInUse", "The volume is in use.");

function refusal(status: number, code: string, message: string): Reply {
  const error = `<Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors>`;
  return { status, body: `<Response>${error}<RequestID>harness</RequestID></Response>` };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { "content-type": "text/xml" }).end(body);
}
