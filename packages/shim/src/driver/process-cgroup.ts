// Of the runtime library this alone is loaded when another runtime is driven, and only once its container is there.
export { cgroupOfProcess } from "@ctr/runtime";
