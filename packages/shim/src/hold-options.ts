/** Which container is held. */
export interface HoldOptions {
  readonly id: string;
  readonly bundle: string;
  readonly runtime: string;
}
