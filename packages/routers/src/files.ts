import {
  deleteFileInput,
  listFilesInput,
  makeDirectoryInput,
  moveFileInput,
  readFileInput,
  searchFilesInput,
  statFileInput,
  streamSearchInput,
  watchFilesInput,
  writeFileInput,
} from "@berth/domain";
import {
  copyFile,
  deleteFile,
  listFiles,
  makeDirectory,
  moveFile,
  readFile,
  searchFiles,
  statFile,
  streamSearch,
  watchFiles,
  writeFile,
} from "@berth/services";
import { tracked } from "@trpc/server";
import { untilEnded } from "./subscription.ts";
import { mutate, procedure, query, router } from "./trpc.ts";

export const filesRouter = router({
  list: procedure.input(listFilesInput).query(query(listFiles)),
  stat: procedure.input(statFileInput).query(query(statFile)),
  read: procedure.input(readFileInput).query(query(readFile)),
  search: procedure.input(searchFilesInput).query(query(searchFiles)),
  searchStream: procedure.input(streamSearchInput).subscription(async function* ({ ctx, input, signal }) {
    for await (const { number, match } of untilEnded(ctx, signal, (ended) =>
      streamSearch(ctx.deps, ctx.actor, input, ended),
    ))
      yield tracked(String(number), match);
  }),
  watch: procedure
    .input(watchFilesInput)
    .subscription(({ ctx, input, signal }) =>
      untilEnded(ctx, signal, (ended) => watchFiles(ctx.deps, ctx.actor, input, ended)),
    ),
  write: procedure.input(writeFileInput).mutation(mutate(writeFile)),
  makeDirectory: procedure.input(makeDirectoryInput).mutation(mutate(makeDirectory)),
  move: procedure.input(moveFileInput).mutation(mutate(moveFile)),
  copy: procedure.input(moveFileInput).mutation(mutate(copyFile)),
  delete: procedure.input(deleteFileInput).mutation(mutate(deleteFile)),
});
