/** Names of the log records around provisioning, one JSON line each: `{"evt": …}`. Fields may be added; names are fixed. */
export const PROVISION_EVENTS = [
  "provision.start",
  "provision.skip_existing",
  "provision.ec2_started",
  "provision.ec2_stopped",
  "restart.pre_stop",
] as const;
export type ProvisionEvent = (typeof PROVISION_EVENTS)[number];
