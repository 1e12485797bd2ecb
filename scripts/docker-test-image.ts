/** `node scripts/docker-test-image.ts [glibc|user|empty …]`: makes the images of the tests in the engine of DOCKER_HOST. */
import { connectDocker } from "../packages/backends/src/docker/engine.ts";
import { ensureTestImage, TEST_IMAGES } from "../packages/backends/src/testing/docker-test-image.ts";

const asked = process.argv.slice(2);
const images = (Object.keys(TEST_IMAGES) as (keyof typeof TEST_IMAGES)[]).filter(
  (image) => asked.length === 0 || asked.includes(image),
);
for (const image of images) process.stdout.write(`${await ensureTestImage(connectDocker(), image)}\n`);
