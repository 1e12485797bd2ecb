import type { BackendKind } from "@berth/domain";

export const BACKEND_NAMES: Record<BackendKind, string> = {
  local: "This machine",
  docker: "Docker",
  ec2: "EC2",
  memory: "Memory",
};
