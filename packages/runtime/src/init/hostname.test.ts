import { expect, test } from "bun:test";
import { hostnameSteps } from "./hostname.ts";

test("hostnameSteps() sets the names, with their lengths in bytes", () => {
  expect(hostnameSteps({ hostname: "wéb", domainname: "example" })).toEqual([
    {
      call: "sethostname",
      args: [{ text: "wéb" }, 4],
      origin: "/hostname",
      does: 'set the host name to "wéb"',
    },
    {
      call: "setdomainname",
      args: [{ text: "example" }, 7],
      origin: "/domainname",
      does: 'set the domain name to "example"',
    },
  ]);
});

test("hostnameSteps() leaves alone what is absent or empty", () => {
  expect(hostnameSteps({})).toEqual([]);
  expect(hostnameSteps({ hostname: "", domainname: "" })).toEqual([]);
});
