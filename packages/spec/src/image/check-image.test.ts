import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  checkDescriptor,
  checkImageConfig,
  checkImageIndex,
  checkImageLayout,
  checkImageManifest,
} from "./check-image.ts";
import { emptyDescriptor } from "./descriptor.ts";
import { mediaTypes } from "./media-types.ts";

const manifest = {
  schemaVersion: 2,
  mediaType: mediaTypes.imageManifest,
  config: emptyDescriptor,
  layers: [{ ...emptyDescriptor, mediaType: mediaTypes.layerTarZstd }],
};

describe("the checks of image documents", () => {
  test.each([
    ["descriptor", checkDescriptor, emptyDescriptor],
    ["manifest", checkImageManifest, manifest],
    ["index", checkImageIndex, { schemaVersion: 2, manifests: [emptyDescriptor] }],
    [
      "configuration",
      checkImageConfig,
      { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } },
    ],
    ["layout", checkImageLayout, { imageLayoutVersion: "1.0.0" }],
  ] as const)("a %s is returned as it was given, unknown fields and all", (_, check, document) => {
    const value = { ...document, "com.example.more": 1 };

    expect<unknown>(check(value)).toBe(value);
  });

  test.each([
    [
      "ERR_INVALID_DESCRIPTOR",
      "/digest",
      checkDescriptor,
      { ...emptyDescriptor, digest: "sha256" },
    ],
    [
      "ERR_INVALID_MANIFEST",
      "/schemaVersion",
      checkImageManifest,
      { ...manifest, schemaVersion: 1 },
    ],
    ["ERR_INVALID_MANIFEST", "/layers", checkImageManifest, { ...manifest, layers: [] }],
    ["ERR_INVALID_INDEX", "/manifests", checkImageIndex, { schemaVersion: 2 }],
    [
      "ERR_INVALID_IMAGE_CONFIG",
      "/rootfs",
      checkImageConfig,
      { architecture: "amd64", os: "linux" },
    ],
    ["ERR_INVALID_LAYOUT", "/imageLayoutVersion", checkImageLayout, { imageLayoutVersion: "2" }],
  ] as const)("%s at %s", (code, pointer, check, value) => {
    expect(() => check(value)).toThrow(expect.objectContaining({ code, kind: "invalid", pointer }));
  });
});

test("emptyDescriptor describes its data", () => {
  const data = Buffer.from(emptyDescriptor.data ?? "", "base64");

  expect(data.toString()).toBe("{}");
  expect(data).toHaveLength(emptyDescriptor.size);
  expect(emptyDescriptor.digest).toBe(`sha256:${createHash("sha256").update(data).digest("hex")}`);
});
