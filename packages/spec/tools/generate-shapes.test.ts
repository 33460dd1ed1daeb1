import { expect, test } from "bun:test";
import { configShape, linuxResourcesShape, processShape } from "../src/config/config-shape.ts";
import { featuresShape } from "../src/features-shape.ts";
import { stateShape } from "../src/state-shape.ts";
import { shapeModules, shapeOf } from "./generate-shapes.ts";

const shapes = { configShape, linuxResourcesShape, processShape, featuresShape, stateShape };

test("the shapes in src/ are those of the zod schemas", () => {
  const expected = Object.entries(Object.assign({}, ...Object.values(shapeModules))).map(
    ([name, schema]) => [name, shapeOf(schema)],
  );

  expect<unknown>(shapes).toEqual(Object.fromEntries(expected));
});
