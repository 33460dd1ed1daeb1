/**
 * The media types of the image specification.
 *
 * @see media-types.md
 */
export const mediaTypes = {
  descriptor: "application/vnd.oci.descriptor.v1+json",
  layoutHeader: "application/vnd.oci.layout.header.v1+json",
  imageIndex: "application/vnd.oci.image.index.v1+json",
  imageManifest: "application/vnd.oci.image.manifest.v1+json",
  imageConfig: "application/vnd.oci.image.config.v1+json",
  layerTar: "application/vnd.oci.image.layer.v1.tar",
  layerTarGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  layerTarZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  /** The two bytes `{}`, for a descriptor that must be there and has nothing to say. */
  empty: "application/vnd.oci.empty.v1+json",
  /** @deprecated since 1.1.0 */
  nondistributableLayerTar: "application/vnd.oci.image.layer.nondistributable.v1.tar",
  /** @deprecated since 1.1.0 */
  nondistributableLayerTarGzip: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  /** @deprecated since 1.1.0 */
  nondistributableLayerTarZstd: "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
} as const;

/** A value of {@linkcode mediaTypes}. */
export type MediaType = (typeof mediaTypes)[keyof typeof mediaTypes];

/** The media types of Docker's own format that have an equal in the image specification. */
export type DockerMediaType =
  | "application/vnd.docker.distribution.manifest.list.v2+json"
  | "application/vnd.docker.distribution.manifest.v2+json"
  | "application/vnd.docker.container.image.v1+json"
  | "application/vnd.docker.image.rootfs.diff.tar"
  | "application/vnd.docker.image.rootfs.diff.tar.gzip"
  | "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

/**
 * The media types of Docker's own format that stand for one of {@linkcode mediaTypes}.
 *
 * @see media-types.md, "Compatibility Matrix"
 */
export const dockerMediaTypes: Readonly<Record<DockerMediaType, MediaType>> = {
  "application/vnd.docker.distribution.manifest.list.v2+json": mediaTypes.imageIndex,
  "application/vnd.docker.distribution.manifest.v2+json": mediaTypes.imageManifest,
  "application/vnd.docker.container.image.v1+json": mediaTypes.imageConfig,
  "application/vnd.docker.image.rootfs.diff.tar": mediaTypes.layerTar,
  "application/vnd.docker.image.rootfs.diff.tar.gzip": mediaTypes.layerTarGzip,
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip":
    mediaTypes.nondistributableLayerTarGzip,
};
