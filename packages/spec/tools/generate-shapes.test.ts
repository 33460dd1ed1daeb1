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
import { shapeModules, shapeOf } from "./generate-shapes.ts";

const shapes = {
  ...{ configShape, linuxResourcesShape, processShape, featuresShape, stateShape },
  ...{ descriptorShape, imageConfigShape, imageIndexShape, imageLayoutShape, imageManifestShape },
};

test("the shapes in src/ are those of the zod schemas", () => {
  const expected = Object.values(shapeModules).flatMap((schemas) =>
    Object.entries(schemas).map(([name, schema]) => [name, shapeOf(schema)]),
  );

  expect<unknown>(shapes).toEqual(Object.fromEntries(expected));
});
