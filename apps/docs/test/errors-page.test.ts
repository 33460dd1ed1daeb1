import { expect, test } from "bun:test";
import { errorMeanings } from "./error-meanings.ts";
import { errorsPage, findErrorCodes, printErrorsPage } from "./errors-page.ts";

test("every error code of the sources has a meaning in error-meanings.ts, and no other has", async () => {
  const codes = [...(await findErrorCodes()).keys()].toSorted();

  expect(Object.keys(errorMeanings).toSorted()).toEqual(codes);
});

test("the page of errors is current; else run apps/docs/test/errors-page.ts", async () => {
  expect(await Bun.file(errorsPage).text()).toBe(printErrorsPage());
});
