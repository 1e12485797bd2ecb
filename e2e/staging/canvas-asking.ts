/** The variables of QA's pipelines: the tenant of the canvas, the credentials, and the workspace. */
export const CANVAS_ASKING = {
  flag: "CANVAS_E2E_STAGING",
  values: {
    url: ["STAGING_TENANT_URL"],
    token: ["STAGING_TENANT_TOKEN"],
    workspaceId: ["STAGING_WORKSPACE_ID"],
    orgId: ["STAGING_ORG_ID"],
  },
} as const;
