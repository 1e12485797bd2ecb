// Runs as a child process in tests.
import { migrateDatabase } from "./migrate.ts";

const [url = "", directory = ""] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await migrateDatabase(url, { directory })));
