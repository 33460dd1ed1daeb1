export {
  ContainerError,
  type ContainerErrorOptions,
  type ErrorCode,
  type ErrorDocument,
  type ErrorKind,
  errorFromDocument,
  errorKinds,
} from "./error.ts";
