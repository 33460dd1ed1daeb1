/** Name of the file that marks a directory as an image layout. */
export const imageLayoutFile = "oci-layout";

/**
 * The contents of the file `oci-layout`.
 *
 * @see image-layout.md, "oci-layout file"
 */
export interface ImageLayout {
  /** Version of the layout. */
  readonly imageLayoutVersion: "1.0.0";
}
