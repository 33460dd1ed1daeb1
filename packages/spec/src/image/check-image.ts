import { assertShape } from "../assert-shape.ts";
import type { Descriptor } from "./descriptor.ts";
import type { ImageConfig } from "./image-config.ts";
import type { ImageIndex } from "./image-index.ts";
import type { ImageLayout } from "./image-layout.ts";
import type { ImageManifest } from "./image-manifest.ts";
import {
  descriptorShape,
  imageConfigShape,
  imageIndexShape,
  imageLayoutShape,
  imageManifestShape,
} from "./image-shape.ts";

/**
 * Returns a descriptor as it was given, once it is what the published JSON schema accepts.
 *
 * @throws {ContainerError} with code `ERR_INVALID_DESCRIPTOR`, a `SpecError` that lists every problem.
 */
export function checkDescriptor(value: unknown): Descriptor {
  assertShape<Descriptor>(value, descriptorShape, "descriptor", "ERR_INVALID_DESCRIPTOR");
  return value;
}

/**
 * As {@linkcode checkDescriptor} for an index.
 *
 * @throws {ContainerError} with code `ERR_INVALID_INDEX`.
 */
export function checkImageIndex(value: unknown): ImageIndex {
  assertShape<ImageIndex>(value, imageIndexShape, "image index", "ERR_INVALID_INDEX");
  return value;
}

/**
 * As {@linkcode checkDescriptor} for a manifest.
 *
 * @throws {ContainerError} with code `ERR_INVALID_MANIFEST`.
 */
export function checkImageManifest(value: unknown): ImageManifest {
  assertShape<ImageManifest>(value, imageManifestShape, "image manifest", "ERR_INVALID_MANIFEST");
  return value;
}

/**
 * As {@linkcode checkDescriptor} for the configuration of an image.
 *
 * @throws {ContainerError} with code `ERR_INVALID_IMAGE_CONFIG`.
 */
export function checkImageConfig(value: unknown): ImageConfig {
  assertShape<ImageConfig>(
    value,
    imageConfigShape,
    "image configuration",
    "ERR_INVALID_IMAGE_CONFIG",
  );
  return value;
}

/**
 * As {@linkcode checkDescriptor} for the file `oci-layout`.
 *
 * @throws {ContainerError} with code `ERR_INVALID_LAYOUT`.
 */
export function checkImageLayout(value: unknown): ImageLayout {
  assertShape<ImageLayout>(value, imageLayoutShape, "image layout", "ERR_INVALID_LAYOUT");
  return value;
}
