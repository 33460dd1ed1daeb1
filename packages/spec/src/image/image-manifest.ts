import type { Annotations } from "../config/config.ts";
import type { Descriptor } from "./descriptor.ts";

/**
 * The parts of an image for one platform.
 *
 * @see manifest.md
 */
export interface ImageManifest {
  /** Version of the format. */
  readonly schemaVersion: 2;
  /** `application/vnd.oci.image.manifest.v1+json`. */
  readonly mediaType?: string;
  /**
   * Media type of the artifact that the manifest is. Required when the config is empty.
   *
   * @since 1.1.0
   */
  readonly artifactType?: string;
  /** The configuration. */
  readonly config: Descriptor;
  /** The layers, the base first; at least one. */
  readonly layers: readonly Descriptor[];
  /**
   * Another manifest that this one belongs to.
   *
   * @since 1.1.0
   */
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}
