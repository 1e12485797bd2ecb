/** The names QA's pipelines know: which tenant's canvas is walked, as whom, and in which workspace. */
export const CANVAS_ASKING = {
  flag: "CANVAS_E2E_STAGING",
  values: {
    url: ["STAGING_TENANT_URL"],
    token: ["STAGING_TENANT_TOKEN"],
    workspaceId: ["STAGING_WORKSPACE_ID"],
    orgId: ["STAGING_ORG_ID"],
  },
} as const;
