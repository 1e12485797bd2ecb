import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Creates nested folders, deeper than a single path can address, and a file `leaf` in the last one. */
export async function makeDeep(top: string, name: string, depth: number): Promise<void> {
  const script = `
    const [top, name, depth] = process.argv.slice(1);
    fs.mkdirSync(top);
    process.chdir(top);
    for (let made = 0; made < depth; made += 1) {
      fs.mkdirSync(name);
      process.chdir(name);
    }
    fs.writeFileSync("leaf", "found it");`;
  await promisify(execFile)(process.execPath, ["-e", script, top, name, String(depth)]);
}
