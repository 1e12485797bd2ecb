import {
  deleteFileInput,
  listFilesInput,
  makeDirectoryInput,
  moveFileInput,
  readFileInput,
  searchFilesInput,
  statFileInput,
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
  writeFile,
} from "@berth/services";
import { ask, mutate, procedure, router } from "./trpc.ts";

export const filesRouter = router({
  list: procedure.input(listFilesInput).query(ask(listFiles)),
  stat: procedure.input(statFileInput).query(ask(statFile)),
  read: procedure.input(readFileInput).query(ask(readFile)),
  search: procedure.input(searchFilesInput).query(ask(searchFiles)),
  write: procedure.input(writeFileInput).mutation(mutate(writeFile)),
  makeDirectory: procedure.input(makeDirectoryInput).mutation(mutate(makeDirectory)),
  move: procedure.input(moveFileInput).mutation(mutate(moveFile)),
  copy: procedure.input(moveFileInput).mutation(mutate(copyFile)),
  delete: procedure.input(deleteFileInput).mutation(mutate(deleteFile)),
});
