import { expect, test } from "bun:test";
import { openDescriptors, openedSince } from "tools/open-descriptors";
import { linuxKernel } from "../kernel/linux.ts";
import { openNamespaces } from "./namespace-files.ts";

const kernel = linuxKernel();

test("openNamespaces() opens each by the name that the program knows it by, until the stack goes", () => {
  const before = openDescriptors();
  {
    using stack = new DisposableStack();
    const opened = openNamespaces(
      kernel,
      [
        { type: "network", path: "/proc/self/ns/net", index: 0 },
        { type: "uts", path: "/proc/self/ns/uts", index: 3 },
      ],
      stack,
    );

    expect(opened.map(([name]) => name)).toEqual(["namespace-network", "namespace-uts"]);
    expect(opened.every(([, number]) => number > 2)).toBe(true);
  }
  expect(openedSince(before)).toEqual([]);
});

test("openNamespaces() names the field of one that is not there", () => {
  using stack = new DisposableStack();
  const path = "/proc/self/ns/none";

  expect(() => openNamespaces(kernel, [{ type: "pid", path, index: 2 }], stack)).toThrow(
    expect.objectContaining({
      code: "ERR_NAMESPACE_NOT_FOUND",
      kind: "notFound",
      pointer: "/linux/namespaces/2/path",
    }),
  );
});
