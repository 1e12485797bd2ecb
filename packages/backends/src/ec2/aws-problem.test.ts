import { describe, expect, test } from "vitest";
import { awsProblem, isRejected, isTransient } from "./aws-problem.ts";

const awsError = (name: string, httpStatusCode = 400, message = "message from AWS") =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

describe("AWS errors as problems", () => {
  test.each([
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "EC2ThrottledException",
    "InvalidInstanceID.NotFound",
    "InvalidVolume.NotFound",
    "VolumeInUse",
    "IncorrectState",
    "IncorrectInstanceState",
    "IdempotentParameterMismatch",
    "InsufficientInstanceCapacity",
    "InsufficientFreeAddressesInSubnet",
  ])("%s is retryable", (name) => {
    expect(awsProblem(awsError(name)).problem).toMatchObject({ code: "backend_unavailable", retryable: true });
  });

  test.each([
    ["UnauthorizedOperation", "backend_unavailable", /ec2-policy\.json/],
    ["AuthFailure", "backend_unavailable", /AWS_ACCESS_KEY_ID/],
    ["InvalidAMIID.NotFound", "backend_unavailable", /BERTH_EC2_AMI/],
    ["InvalidAMIID.Malformed", "backend_unavailable", /BERTH_EC2_AMI/],
    ["InvalidSubnetID.NotFound", "backend_unavailable", /BERTH_EC2_SUBNET_ID/],
    ["InvalidGroup.NotFound", "backend_unavailable", /BERTH_EC2_SECURITY_GROUP_IDS/],
    ["VcpuLimitExceeded", "backend_unavailable", /quota/],
    ["Unsupported", "invalid_input", /compute\.instanceType/],
    ["InvalidParameterValue", "invalid_input", /message from AWS/],
  ])("%s is not retryable and names the remedy", (name, code, message) => {
    const { problem } = awsProblem(awsError(name));
    expect(problem).toMatchObject({ code, retryable: false });
    expect(problem.message).toMatch(message);
  });

  test.each([500, 502, 503])("a response with status %d is retryable", (status) => {
    expect(awsProblem(awsError("InternalError", status)).problem).toMatchObject({
      code: "backend_unavailable",
      retryable: true,
    });
  });

  test("a missing response is retryable, missing credentials are not", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    expect(awsProblem(refused).problem).toMatchObject({ code: "backend_unavailable", retryable: true });
    const none = Object.assign(new Error("Could not load"), { name: "CredentialsProviderError" });
    expect(awsProblem(none).problem).toMatchObject({ code: "backend_unavailable", retryable: false });
  });

  test("the encoded authorization message is left out", () => {
    const { problem } = awsProblem(
      awsError("UnauthorizedOperation", 403, "Not authorized. Encoded authorization failure message: AbCd"),
    );
    expect(problem.message).not.toContain("AbCd");
  });

  test("only a refusal proves that nothing was created, and capacity errors are not transient", () => {
    expect(isRejected(awsError("InvalidParameterValue"))).toBe(true);
    expect(isRejected(awsError("InternalError", 500))).toBe(false);
    expect(isRejected(new Error("socket hang up"))).toBe(false);
    expect(isRejected(awsError("IdempotentParameterMismatch"))).toBe(false);
    expect(isTransient(awsError("VolumeInUse"))).toBe(true);
    expect(isTransient(awsError("InsufficientInstanceCapacity"))).toBe(false);
  });
});
