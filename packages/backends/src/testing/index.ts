export { connectDocker } from "../docker/engine.ts";
export { ensureTestImage, TEST_IMAGES } from "./docker-test-image.ts";
