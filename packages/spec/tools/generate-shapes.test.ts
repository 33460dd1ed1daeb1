import { expect, test } from "bun:test";
import { configShape, linuxResourcesShape, processShape } from "../src/config/config-shape.ts";
import { featuresShape } from "../src/features-shape.ts";
import {
  descriptorShape,
  imageConfigShape,
  imageIndexShape,
  imageLayoutShape,
  imageManifestShape,
} from "../src/image/image-shape.ts";
import { stateShape } from "../src/state-shape.ts";
import { fitsModule, shapeModules, shapeOf } from "./generate-shapes.ts";

const shapes = {
  ...{ configShape, linuxResourcesShape, processShape, featuresShape, stateShape },
  ...{ descriptorShape, imageConfigShape, imageIndexShape, imageLayoutShape, imageManifestShape },
};

test("the shapes in src/ are those of the zod schemas", () => {
  const expected = Object.values(shapeModules).flatMap((schemas) =>
    Object.entries(schemas).map(([name, schema]) => [name, shapeOf(schema)]),
  );

  const made = Object.entries(shapes).map(([name, shape]) => [name, shape()]);
  expect<unknown>(Object.fromEntries(made)).toEqual(Object.fromEntries(expected));
});

test("the quick check of configurations is the one that is printed", async () => {
  const file = Bun.file(new URL(`../src/${fitsModule.file}`, import.meta.url));
  // The formatter adds and takes away no more than these.
  const bare = (text: string): string => text.replaceAll(/[\s,()]/g, "");

  expect(bare(await file.text())).toBe(bare(fitsModule.print()));
});
