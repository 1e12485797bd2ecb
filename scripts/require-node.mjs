// Loaded before every script. It is plain JavaScript, so that an older Node prints a sentence instead of a syntax error.
// On Linux the right Node is a dependency: docs/decisions/0001-node-from-the-registry.md.
const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `Berth needs Node ${NODE_MAJOR_MIN} on ${process.platform} ${process.arch}, and this is Node ${process.versions.node}: install it from nodejs.org or with your version manager.\n`,
  );
  process.exit(1);
}
