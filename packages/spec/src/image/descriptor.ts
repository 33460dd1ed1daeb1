import type { Annotations } from "../config/config.ts";
import { mediaTypes } from "./media-types.ts";

/**
 * A reference to content by its digest.
 *
 * @see descriptor.md
 */
export interface Descriptor {
  /** Media type of the content, RFC 6838, such as one of {@linkcode mediaTypes}. */
  readonly mediaType: string;
  /** Digest of the content, `algorithm:encoded`, such as `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** Size of the content, in bytes. */
  readonly size: number;
  /** Where the content may be downloaded from, RFC 3986. */
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  /**
   * The content itself in base 64.
   *
   * @since 1.1.0
   */
  readonly data?: string;
  /**
   * Media type of the artifact that the content describes.
   *
   * @since 1.1.0
   */
  readonly artifactType?: string;
}

/**
 * What an image runs on.
 *
 * @see image-index.md, `platform`
 */
export interface Platform {
  /** Architecture by its name in Go, such as `amd64` or `arm64`. */
  readonly architecture: string;
  /** Operating system by its name in Go, such as `linux`. */
  readonly os: string;
  /** Version of the operating system, such as `10.0.14393.1066`. */
  readonly "os.version"?: string;
  /** Features of the operating system that must be there, such as `win32k`. */
  readonly "os.features"?: readonly string[];
  /** Variant of the architecture, such as `v7`. */
  readonly variant?: string;
}

/**
 * The descriptor of the content `{}`, for a place that needs one and has nothing to say.
 *
 * @since 1.1.0
 * @see manifest.md, "Guidance for an Empty Descriptor"
 */
export const emptyDescriptor: Descriptor = {
  mediaType: mediaTypes.empty,
  digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  size: 2,
  data: "e30=",
};
