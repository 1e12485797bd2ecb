import {
  GetConsoleOutputCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { DomainError, KeyedLock, type ProvisionEvent } from "@berth/domain";
import type {
  BootLog,
  IncarnationRef,
  InstanceBackend,
  InstanceObservation,
  InstanceSpec,
  ListedInstance,
  ProvisionOptions,
} from "../backend.ts";
import { assertId } from "../ids.ts";
import { instanceNotFound, messageOf, unavailable, volumeNotFound } from "../problems.ts";
import { tailOf } from "../tail.ts";
import { onlyOne } from "./attachments.ts";
import { awsCode, awsProblem, callAws, isNotFound, isTokenUsed } from "./aws-problem.ts";
import { checkUsable, type DescribedInstance, isEnding } from "./inventory.ts";
import { instanceTypeOf, launchInput } from "./launch.ts";
import { RecentlyCreated } from "./recently-created.ts";
import type { Ec2Parts } from "./volumes.ts";
import { waitFor } from "./wait.ts";

const ATTEMPTS_MAX = 4;

export class Ec2Instances implements InstanceBackend {
  readonly #parts: Ec2Parts;
  readonly #launched: RecentlyCreated;
  readonly #lock = new KeyedLock();
  /**
   * Instances that this process has started. An incarnation's instance never changes, so `bootLog` skips the listing.
   */
  readonly #instanceIds = new Map<string, string>();

  constructor(parts: Ec2Parts) {
    this.#parts = parts;
    this.#launched = new RecentlyCreated(parts.timings);
  }

  async provision(spec: InstanceSpec, { signal, onProgress }: ProvisionOptions): Promise<void> {
    assertId(spec.workspaceId, "workspace id");
    if (spec.image !== null) throw noImages();
    await this.#lock.run(assertId(spec.incarnationId, "incarnation id"), () =>
      callAws(async () => {
        signal.throwIfAborted();
        const ebsId = await this.#ebsIdOf(spec.volumeId);
        let instance = await this.#settledInstance(spec.incarnationId, signal);
        if (!instance) instance = await this.#launch(spec, ebsId, signal, onProgress);
        this.#launched.settled(spec.incarnationId);
        // Once per instance, including one requested by an interrupted attempt.
        if (isUp(instance) && this.#instanceIds.get(spec.incarnationId) !== instance.instanceId) {
          this.#logStarted(spec, instance, instanceTypeOf(spec, this.#parts.options));
        }
        this.#instanceIds.set(spec.incarnationId, instance.instanceId);
        await this.#startAndAttach(instance, spec.volumeId, signal, onProgress);
      }, signal),
    );
  }

  async #ebsIdOf(volumeId: string | null): Promise<string | null> {
    if (volumeId === null) return null;
    const volume = onlyOne(await this.#parts.inventory.volumesOf(volumeId), volumeId);
    if (volume === null) throw volumeNotFound();
    checkUsable(volume);
    return volume.ebsId;
  }

  /** The incarnation's live instance, once any stop in progress has finished; the oldest one if there are several. */
  #settledInstance(incarnationId: string, signal?: AbortSignal): Promise<DescribedInstance | undefined> {
    const poll = async () => {
      const [oldest, ...others] = (await this.#parts.inventory.instancesOf(incarnationId))
        .filter((each) => !isEnding(each))
        .sort((left, right) => left.launchedAt.getTime() - right.launchedAt.getTime());
      if (others.length > 0)
        this.#parts.options.log({ evt: "ec2.duplicate_instances", incarnationId, extra: others.length });
      return oldest?.state === "stopping" ? null : { oldest };
    };
    return waitFor(poll, { timings: this.#parts.timings, until: "stopped the machine", signal }).then(
      ({ oldest }) => oldest,
    );
  }

  /**
   * Requests an instance until AWS returns one that has not ended. The client token of an attempt makes it idempotent.
   */
  async #launch(
    spec: InstanceSpec,
    ebsId: string | null,
    signal: AbortSignal,
    onProgress: (message: string) => void,
  ): Promise<DescribedInstance> {
    const { client, placement, options } = this.#parts;
    const { incarnationId } = spec;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const input = launchInput(spec, options, { ...(await placement.get()), ebsId, attempt });
      onProgress(`Requesting from EC2 a ${input.InstanceType}`);
      signal.throwIfAborted();
      const request = () => client.send(new RunInstancesCommand(input));
      const instance = await this.#launched.during(incarnationId, request).then(
        ({ Instances }) => this.#untilUp(Instances?.[0]?.InstanceId ?? "", signal),
        (error) => {
          if (isTokenUsed(error)) return this.#untilVisible(incarnationId, signal);
          throw error;
        },
      );
      if (instance) return instance;
    }
    this.#launched.settled(incarnationId);
    throw unavailable("EC2 ended the machine each time it was started. Berth retries.");
  }

  /**
   * Waits for the instance of an earlier request, which used the same token with other parameters: those of another
   * version of Berth or of other settings.
   *
   * @returns null when AWS does not show it in time, so that it has ended.
   */
  #untilVisible(incarnationId: string, signal: AbortSignal): Promise<DescribedInstance | null> {
    const { timings } = this.#parts;
    const since = performance.now();
    const poll = async () => {
      const instance = await this.#settledInstance(incarnationId, signal);
      if (instance) return { instance };
      return performance.now() - since > timings.visibleWithinMs ? { instance: null } : null;
    };
    return waitFor(poll, { timings, until: "shown the machine", signal }).then(({ instance }) => instance);
  }

  /** @returns null when the client token belongs to an instance that has ended. */
  #untilUp(instanceId: string, signal: AbortSignal): Promise<DescribedInstance | null> {
    const { inventory } = this.#parts;
    const poll = async () => {
      const seen = (await inventory.instances()).find((each) => each.instanceId === instanceId);
      if (!seen) {
        const ended = await inventory.whyEnded(instanceId);
        return ended ? { up: failedAtOnce(ended) } : null;
      }
      return isEnding(seen) || seen.state === "pending" || seen.state === "stopping" ? null : { up: seen };
    };
    return waitFor(poll, { timings: this.#parts.timings, until: "started the machine", signal }).then(({ up }) => up);
  }

  /** Attaches the volume before it starts a stopped instance, so that the disk is available during boot. */
  async #startAndAttach(
    instance: DescribedInstance,
    volumeId: string | null,
    signal?: AbortSignal,
    onProgress: (message: string) => void = () => {},
  ): Promise<void> {
    const { timings, attachments } = this.#parts;
    if (instance.state === "pending") {
      const running = await this.#untilUp(instance.instanceId, signal ?? new AbortController().signal);
      if (!running) throw instanceNotFound();
      return this.#startAndAttach(running, volumeId, signal, onProgress);
    }
    if (volumeId !== null) {
      onProgress("Attaching the data volume");
      await attachments.attach({ instance, volumeId, signal });
    }
    if (instance.state !== "stopped") return;
    onProgress("Starting the machine");
    let isTold = false;
    const poll = async () => {
      const seen = (await this.#parts.inventory.instances()).find((each) => each.instanceId === instance.instanceId);
      if (!seen || isEnding(seen)) throw instanceNotFound();
      if (seen.state === "running") return true;
      if (seen.state === "stopped") {
        await this.#parts.client.send(new StartInstancesCommand({ InstanceIds: [instance.instanceId] }));
        if (!isTold) this.#logStarted(instance, instance, null);
        isTold = true;
      }
      return null;
    };
    await waitFor(poll, { timings, until: "started the machine", signal });
  }

  async stop(ref: IncarnationRef): Promise<void> {
    const { client, inventory, timings } = this.#parts;
    const { incarnationId } = ref;
    const logged = new Set<string>();
    const poll = async () => {
      const up = (await inventory.instancesOf(incarnationId)).filter(
        (each) => !isEnding(each) && each.state !== "stopped",
      );
      if (up.length === 0) return true;
      const InstanceIds = up.filter(({ state }) => state === "running").map(({ instanceId }) => instanceId);
      if (InstanceIds.length > 0) {
        await client.send(new StopInstancesCommand({ InstanceIds }));
        this.#logStopped(ref, InstanceIds, logged);
      }
      return null;
    };
    await callAws(() => waitFor(poll, { timings, until: "stopped the machine" }));
  }

  /** Logs one boundary record per instance, after AWS has accepted the request. */
  #logStarted(
    { workspaceId, incarnationId, generation }: IncarnationRef & { generation: number },
    { instanceId, state }: DescribedInstance,
    instanceType: string | null,
  ): void {
    const evt = "provision.ec2_started" satisfies ProvisionEvent;
    this.#parts.options.log({ evt, workspaceId, incarnationId, generation, instanceId, state, instanceType });
  }

  #logStopped(
    { workspaceId, incarnationId }: IncarnationRef,
    instanceIds: readonly string[],
    logged: Set<string>,
  ): void {
    const evt = "provision.ec2_stopped" satisfies ProvisionEvent;
    for (const instanceId of instanceIds) {
      if (!logged.has(instanceId)) this.#parts.options.log({ evt, workspaceId, incarnationId, instanceId });
      logged.add(instanceId);
    }
  }

  async start(ref: IncarnationRef): Promise<void> {
    await this.#lock.run(ref.incarnationId, () =>
      callAws(async () => {
        const instance = await this.#settledInstance(ref.incarnationId);
        if (!instance) throw this.#launched.mayAppear(ref.incarnationId) ? notVisibleYet() : instanceNotFound();
        await this.#startAndAttach(instance, instance.volumeId);
      }),
    );
  }

  async destroy(ref: IncarnationRef): Promise<void> {
    // The lock waits for a provision in this process: its instance must not appear after this call returns.
    this.#instanceIds.delete(ref.incarnationId);
    await this.#lock.run(ref.incarnationId, () => callAws(() => this.#terminate(ref)));
    this.#instanceIds.delete(ref.incarnationId);
  }

  async #terminate(ref: IncarnationRef): Promise<void> {
    const { client, inventory, timings, attachments } = this.#parts;
    const { incarnationId } = ref;
    const logged = new Set<string>();
    const ended = new Map<string, DescribedInstance>();
    const poll = async () => {
      const left = await inventory.instancesOf(incarnationId);
      if (left.length === 0 && ended.size === 0 && this.#launched.mayAppear(incarnationId)) throw notVisibleYet();
      const InstanceIds = left.filter((each) => !isEnding(each)).map(({ instanceId }) => instanceId);
      if (InstanceIds.length > 0) await client.send(new TerminateInstancesCommand({ InstanceIds }));
      this.#logStopped(ref, InstanceIds, logged);
      for (const each of left) ended.set(each.instanceId, each);
      return left.length === 0 ? true : null;
    };
    await waitFor(poll, { timings, until: "ended the machine" });
    this.#launched.settled(incarnationId);
    await attachments.waitUntilFree([...ended.values()]);
  }

  async observe(ref: IncarnationRef): Promise<InstanceObservation> {
    try {
      const [there] = await this.#parts.inventory.instancesOf(ref.incarnationId);
      if (there) return describe(there);
      if (this.#launched.mayAppear(ref.incarnationId)) {
        return { state: "unknown", reason: "The machine was requested from EC2 a moment ago and is not visible yet." };
      }
      return { state: "absent", reason: null };
    } catch (error) {
      return { state: "unknown", reason: messageOf(awsProblem(error)) };
    }
  }

  async list(): Promise<ListedInstance[]> {
    const seen = await callAws(() => this.#parts.inventory.instances());
    return seen.map(({ incarnationId, workspaceId, generation, purpose, volumeId, launchedAt, ...instance }) => ({
      ...{ incarnationId, workspaceId, generation, purpose, volumeId },
      state: isUp(instance) ? "running" : "stopped",
      createdAt: launchedAt,
    }));
  }

  async bootLog(ref: IncarnationRef, tailBytes: number): Promise<BootLog> {
    return callAws(async () => {
      const known = this.#instanceIds.get(ref.incarnationId);
      const instanceId = known ?? (await this.#parts.inventory.instancesOf(ref.incarnationId))[0]?.instanceId;
      if (instanceId === undefined) throw instanceNotFound();
      const output = await this.#console(instanceId);
      return { ...tailOf(Buffer.from(output, "base64"), tailBytes), source: "console_output" };
    });
  }

  /** The current output on Nitro instances; otherwise the last output that AWS has stored. */
  async #console(InstanceId: string): Promise<string> {
    const { client } = this.#parts;
    try {
      return (await client.send(new GetConsoleOutputCommand({ InstanceId, Latest: true }))).Output ?? "";
    } catch (error) {
      if (isNotFound(error)) throw instanceNotFound();
      if (awsCode(error) !== "UnsupportedOperation") throw error;
      return (await client.send(new GetConsoleOutputCommand({ InstanceId }))).Output ?? "";
    }
  }
}

const isUp = ({ state }: Pick<DescribedInstance, "state">): boolean => state === "pending" || state === "running";

function describe(instance: DescribedInstance): InstanceObservation {
  if (isUp(instance)) return { state: "running", reason: null };
  if (isEnding(instance)) return { state: "stopped", reason: "being removed" };
  return { state: "stopped", reason: instance.reason ?? "stopped" };
}

/**
 * An instance that AWS cannot create ends at once with a reason, such as a bad key or a quota. An instance that ran
 * before it was ended, by us or by AWS, is not a launch failure.
 */
function failedAtOnce({ reason }: Pick<DescribedInstance, "reason">): null {
  if (reason && /^Client\.(?!(User|Instance)Initiated)/.test(reason)) {
    throw new DomainError(
      "backend_unavailable",
      `EC2 ended the machine while it started: ${reason}. Fix the cause, then restart.`,
      { retryable: false },
    );
  }
  return null;
}

const notVisibleYet = (): DomainError =>
  unavailable("The machine was requested from EC2 a moment ago and is not visible yet. Berth checks again.");

const noImages = (): DomainError =>
  new DomainError(
    "unsupported_by_backend",
    "On EC2 every workspace starts from the AMI in BERTH_EC2_AMI. Omit compute.image, or choose the docker backend.",
  );
