import { DomainError } from "@berth/domain";
import { messageOf, unavailable } from "../problems.ts";

/** The AWS error code, e.g. `InvalidVolume.NotFound`; undefined when AWS did not respond. */
export function awsCode(error: unknown): string | undefined {
  const { name, $metadata } = (error ?? {}) as { name?: string; $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode === undefined ? undefined : name;
}

export const isNotFound = (error: unknown): boolean => NOT_FOUND.has(awsCode(error) ?? "");
const NOT_FOUND = new Set(["InvalidInstanceID.NotFound", "InvalidVolume.NotFound"]);

/** AWS is changing state, or does not show yet what it has created. A later retry succeeds. */
const TRANSIENT = new Set([
  ...NOT_FOUND,
  "VolumeInUse",
  "IncorrectState",
  "IncorrectInstanceState",
  "InvalidAttachment.NotFound",
  "IdempotentParameterMismatch",
  "ConcurrentModification",
  "ConcurrentTagAccess",
  "ResourceBusy",
  "InsufficientInstanceCapacity",
  "InsufficientHostCapacity",
  "InsufficientReservedInstanceCapacity",
  "InsufficientVolumeCapacity",
  "InsufficientFreeAddressesInSubnet",
  "RequestExpired",
]);

const THROTTLED = /Throttl|RequestLimitExceeded|SlowDown|TooManyRequests/;

/**
 * Whether the same call may succeed shortly. Excludes capacity errors: the caller decides how long to wait for
 * those.
 */
export const isTransient = (error: unknown): boolean => {
  const code = awsCode(error);
  return code !== undefined && TRANSIENT.has(code) && !code.startsWith("Insufficient");
};

/** Whether AWS itself failed (throttled, 5xx or no response), which says nothing about the request. */
export const isOutage = (error: unknown): boolean => {
  if (error instanceof DomainError) return false;
  const code = awsCode(error) ?? "";
  const status = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode ?? 500;
  return (
    THROTTLED.test(code) || (status >= 500 && awsProblem(error).problem.retryable && !code.startsWith("Insufficient"))
  );
};

/** Whether AWS rejected the request, so that nothing was created. */
export const isRejected = (error: unknown): boolean => {
  const status = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode ?? 500;
  return status < 500 && !isTokenUsed(error);
};

/** Whether an earlier request with other parameters used the same client token. */
export const isTokenUsed = (error: unknown): boolean => awsCode(error) === "IdempotentParameterMismatch";

interface Verdict {
  codes: RegExp;
  code: "backend_unavailable" | "invalid_input";
  retryable: boolean;
  message(message: string): string;
}

/** Errors that a retry cannot fix, each with its remedy. Capacity errors are retryable but need their own message. */
const VERDICTS: readonly Verdict[] = [
  {
    codes: /^(UnauthorizedOperation|AccessDenied|AccessDeniedException)$/,
    code: "backend_unavailable",
    retryable: false,
    message: (message) =>
      `The AWS credentials do not allow this. Attach the policy in docs/ec2-policy.json. (${withoutBlob(message)})`,
  },
  {
    codes: /^(AuthFailure|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClientException|InvalidAccessKeyId)$/,
    code: "backend_unavailable",
    retryable: false,
    message: () => "AWS rejected the credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a role.",
  },
  {
    codes: /^(OptInRequired|PendingVerification|Blocked)$/,
    code: "backend_unavailable",
    retryable: false,
    message: (message) => `The AWS account cannot use EC2 yet: ${message}`,
  },
  {
    codes: /^InvalidAMIID\./,
    code: "backend_unavailable",
    retryable: false,
    message: (message) => `The AMI cannot be used. Set BERTH_EC2_AMI to an AMI in this region. (${message})`,
  },
  {
    codes: /^InvalidSubnet/,
    code: "backend_unavailable",
    retryable: false,
    message: (message) => `The subnet cannot be used. Set BERTH_EC2_SUBNET_ID to a subnet in this region. (${message})`,
  },
  {
    codes: /^(InvalidGroup|InvalidSecurityGroupID)/,
    code: "backend_unavailable",
    retryable: false,
    message: (message) =>
      `A security group cannot be used. Set BERTH_EC2_SECURITY_GROUP_IDS to groups of the subnet's VPC. (${message})`,
  },
  {
    codes: /^(VcpuLimitExceeded|InstanceLimitExceeded|VolumeLimitExceeded|MaxIOPSLimitExceeded|ResourceLimitExceeded)$/,
    code: "backend_unavailable",
    retryable: false,
    message: (message) =>
      `The AWS account's quota is used up. Delete or hibernate workspaces, or ask AWS to raise it. (${message})`,
  },
  {
    codes: /^(Unsupported|UnsupportedOperation|InvalidInstanceType)$/,
    code: "invalid_input",
    retryable: false,
    message: (message) => `EC2 cannot run this here. Choose another compute.instanceType. (${message})`,
  },
  {
    codes: /^Insufficient.*Capacity$/,
    code: "backend_unavailable",
    retryable: true,
    message: (message) =>
      `AWS has no capacity for this instance type now. Berth retries; you can also choose another one. (${message})`,
  },
  {
    codes: /^InsufficientFreeAddressesInSubnet$/,
    code: "backend_unavailable",
    retryable: true,
    message: () =>
      "The subnet has no free address. Berth retries; you can also set BERTH_EC2_SUBNET_ID to a larger one.",
  },
];

/** Maps an AWS error to a problem that a caller can act on. An unlisted 4xx is final; other errors are retryable. */
export function awsProblem(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const code = awsCode(error);
  const message = messageOf(error);
  if (code === undefined) {
    if (/credential/i.test((error as Error | undefined)?.name ?? "")) {
      const message = "No AWS credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a role.";
      return new DomainError("backend_unavailable", message, { retryable: false, cause: error });
    }
    return unavailable(`EC2 does not respond (${message}).`, error);
  }
  const verdict = VERDICTS.find(({ codes }) => codes.test(code));
  if (verdict) {
    const { retryable } = verdict;
    return new DomainError(verdict.code, verdict.message(message), { retryable, cause: error, details: { aws: code } });
  }
  const status = (error as { $metadata: { httpStatusCode?: number } }).$metadata.httpStatusCode ?? 0;
  if (THROTTLED.test(code)) return unavailable(`EC2 throttled the request (${code}). Berth retries.`, error);
  if (status >= 500) return unavailable(`EC2 failed: ${code}. Berth retries.`, error);
  if (TRANSIENT.has(code)) return unavailable(`EC2 is not ready for this yet: ${message}. Berth retries.`, error);
  return new DomainError("invalid_input", `EC2 refused: ${message} (${code})`, {
    cause: error,
    details: { aws: code },
  });
}

/** AWS appends a kilobyte of encoded details that are unreadable here. */
const withoutBlob = (message: string): string => message.replace(/\s*Encoded authorization failure message:.*$/s, "");

/** Runs calls to AWS. @throws only `DomainError`s, or the reason of an aborted signal. */
export async function callAws<T>(calls: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await calls();
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error;
    throw awsProblem(error);
  }
}
