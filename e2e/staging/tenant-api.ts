import { randomUUID } from "node:crypto";
import { isProblem, type Problem } from "@berth/domain";

export interface Tenant {
  url: string;
  token: string;
  /** Null for a tenant with a single org, which requires no header. */
  orgId: string | null;
}

/** The headers of every request to a tenant, by scripts and by browsers without a session. */
export const headersOf = ({ token, orgId }: Tenant): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  ...(orgId === null ? {} : { "x-berth-org-id": orgId }),
});

/** A response of the tenant that is not a 2xx. */
export class TenantApiError extends Error {
  override readonly name = "TenantApiError";
  readonly status: number;
  readonly problem: Problem | null;

  constructor(request: string, status: number, problem: Problem | null) {
    super(`${request} returned ${status}${problem ? ` ${problem.code}: ${problem.message}` : ""}`);
    this.status = status;
    this.problem = problem;
  }
}

const REQUEST_MS_MAX = 30_000;

/** A tenant's documented API over plain HTTP. */
export class TenantApi {
  readonly tenant: Tenant;

  constructor(tenant: Tenant) {
    this.tenant = tenant;
  }

  async query<T>(procedure: string, input: object): Promise<T> {
    const search = new URLSearchParams({ input: JSON.stringify(input) });
    return dataOf<T>(procedure, await this.request(`/trpc/${procedure}?${search}`));
  }

  /** Sends an idempotency key, so that proxies can retry the request safely. */
  async mutate<T>(procedure: string, input: object): Promise<T> {
    const headers = { "content-type": "application/json", "idempotency-key": randomUUID() };
    const response = await this.request(`/trpc/${procedure}`, { method: "POST", headers, body: JSON.stringify(input) });
    return dataOf<T>(procedure, response);
  }

  /** @throws TenantApiError for every response that is not a 2xx. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...headersOf(this.tenant), ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(new URL(path, this.tenant.url), {
      ...init,
      headers,
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
    });
    if (response.ok) return response;
    const body = await response.json().catch(() => null);
    const problem: unknown = body?.error?.data?.problem;
    throw new TenantApiError(
      `${init.method ?? "GET"} ${path.split("?")[0]}`,
      response.status,
      isProblem(problem) ? problem : null,
    );
  }
}

async function dataOf<T>(procedure: string, response: Response): Promise<T> {
  const body = (await response.json().catch(() => null)) as { result?: { data: T } } | null;
  if (!body?.result) throw new Error(`${procedure} returned ${response.status} without a result. Is this a Berth API?`);
  return body.result.data;
}
