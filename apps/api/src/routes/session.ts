import { DomainError, LIMITS } from "@berth/domain";
import { type Deps, signInWithCode, signInWithToken, signOut } from "@berth/services";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { requireSameOrigin, sessionCookieName } from "../request-actor.ts";

const codeQuery = z.object({ code: z.string().min(1).max(200) });
const tokenBody = z.strictObject({ token: z.string().min(1).max(500) });

/** Signs in to and out of the canvas: a one-use link or a token becomes an HttpOnly cookie. */
export function sessionRoutes(app: FastifyInstance, deps: Deps): void {
  const sessionCookie = sessionCookieName(deps);
  const secure = deps.settings.publicUrl.startsWith("https:");
  const setCookie = (reply: FastifyReply, value: string) =>
    reply.setCookie(sessionCookie, value, {
      path: "/",
      httpOnly: true,
      sameSite: "lax",
      secure,
      maxAge: LIMITS.sessionDays * 86_400,
    });

  // No HEAD: link previews must not use up the code.
  app.get("/sign-in", { exposeHeadRoute: false }, async (request, reply) => {
    reply.header("cache-control", "no-store").header("referrer-policy", "no-referrer");
    const query = codeQuery.safeParse(request.query);
    try {
      const cookie = await signInWithCode(deps, query.success ? query.data.code : "");
      return setCookie(reply, cookie).redirect("/");
    } catch (error) {
      if (error instanceof DomainError) return reply.redirect("/?sign-in=expired");
      throw error;
    }
  });

  app.post("/session", async (request, reply) => {
    // Otherwise another site could sign a browser in as a different user.
    if (request.headers.origin !== undefined) requireSameOrigin(deps, request);
    const body = tokenBody.safeParse(request.body);
    if (!body.success) throw new DomainError("invalid_input", 'Send {"token": "…"}.');
    return setCookie(reply, await signInWithToken(deps, body.data.token))
      .code(204)
      .send();
  });

  app.delete("/session", async (request, reply) => {
    const cookie = request.cookies[sessionCookie];
    if (cookie !== undefined) {
      requireSameOrigin(deps, request);
      await signOut(deps, cookie);
    }
    return reply.clearCookie(sessionCookie, { path: "/" }).code(204).send();
  });
}
