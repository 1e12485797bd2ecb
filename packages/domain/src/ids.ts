import { z } from "zod";

export const idSchema = z.uuid({
  error: ({ input }) =>
    input === undefined
      ? "The id is missing. Send a UUID."
      : "An id is a UUID, e.g. 8e3d4b56-2f5a-4c1e-9d0f-6a7b8c9d0e1f.",
});
