import { expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { keyringSteps } from "./keyring.ts";

test("keyringSteps() joins a new keyring with runc's name, whose owner may search it", () => {
  expect(planLines(keyringSteps("web"))).toEqual([
    '$keyring = keyctl(KEYCTL_JOIN_SESSION_KEYRING, "_ses.web")  ENOSYS -> keyring:none',
    "keyctl(KEYCTL_SETPERM, $keyring, 0x3f1b0000)",
    "keyring:none:",
  ]);
});
