/**
 * The annotation keys that the image specification defines.
 *
 * @see annotations.md, "Pre-Defined Annotation Keys"
 */
export const imageAnnotations = {
  /** When the image was built, RFC 3339. */
  created: "org.opencontainers.image.created",
  /** Contact details of whoever is responsible. */
  authors: "org.opencontainers.image.authors",
  /** Where to find more. */
  url: "org.opencontainers.image.url",
  /** Where the documentation is. */
  documentation: "org.opencontainers.image.documentation",
  /** Where the source code is. */
  source: "org.opencontainers.image.source",
  /** Version of the packaged software. */
  version: "org.opencontainers.image.version",
  /** Revision of the source code. */
  revision: "org.opencontainers.image.revision",
  /** Who distributes it. */
  vendor: "org.opencontainers.image.vendor",
  /** Licences as an SPDX expression. */
  licenses: "org.opencontainers.image.licenses",
  /** Name of a target, in the index of an image layout. */
  refName: "org.opencontainers.image.ref.name",
  /** Title for people. */
  title: "org.opencontainers.image.title",
  /** Description for people. */
  description: "org.opencontainers.image.description",
  /** Digest of the image that this one is based on. */
  baseDigest: "org.opencontainers.image.base.digest",
  /** Reference of the image that this one is based on. */
  baseName: "org.opencontainers.image.base.name",
} as const;

/** A value of {@linkcode imageAnnotations}. */
export type ImageAnnotation = (typeof imageAnnotations)[keyof typeof imageAnnotations];
