import type { Annotations } from "../config/config.ts";
import type { Descriptor, Platform } from "./descriptor.ts";

/**
 * A list of manifests, one for each platform that an image runs on.
 *
 * @see image-index.md
 */
export interface ImageIndex {
  /** Version of the format. */
  readonly schemaVersion: 2;
  /** `application/vnd.oci.image.index.v1+json`. */
  readonly mediaType?: string;
  /**
   * Media type of the artifact that the index is.
   *
   * @since 1.1.0
   */
  readonly artifactType?: string;
  /** The manifests, the preferred first. */
  readonly manifests: readonly ManifestDescriptor[];
  /**
   * Another manifest that this one belongs to.
   *
   * @since 1.1.0
   */
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/** The descriptor of a manifest or index, with the platform that it is for. */
export interface ManifestDescriptor extends Descriptor {
  readonly platform?: Platform;
}
