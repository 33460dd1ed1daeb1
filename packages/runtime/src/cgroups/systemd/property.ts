/**
 * A property of a unit, with its type on the bus.
 *
 * @see org.freedesktop.systemd1(5)
 */
export interface UnitProperty {
  readonly name: string;
  /** Signature of D-Bus: `t`, `as`, `a(ss)`. */
  readonly signature: string;
  readonly value: unknown;
}
