export { makeDeep } from "./deep-folders.ts";
export { asUploaded, changed, isReport, treeSeeds, without } from "./expected-trees.ts";
export { describeTree, makeRandomTree, readTarNames, readZip } from "./random-trees.ts";
