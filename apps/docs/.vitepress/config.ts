import { defineConfig } from "vitepress";
import { home } from "./home.ts";

export default defineConfig({
  title: "ctr",
  description: "A container stack in TypeScript on Bun",
  cleanUrls: true,
  lastUpdated: false,
  srcExclude: ["README.md", "test/**"],
  transformPageData: (page) => {
    if (page.relativePath === "index.md") page.frontmatter = { ...home };
  },
  themeConfig: {
    nav: [
      { text: "Start", link: "/start/walk-through" },
      { text: "Guide", link: "/guide/command-line" },
      { text: "Reference", link: "/reference/cli" },
      { text: "Internals", link: "/internals/init-program" },
    ],
    sidebar: [
      {
        text: "Start",
        items: [
          { text: "Walk-through: redis", link: "/start/walk-through" },
          { text: "From TypeScript", link: "/start/library" },
        ],
      },
      {
        text: "Guide",
        items: [
          { text: "The command line", link: "/guide/command-line" },
          { text: "Explain", link: "/guide/explain" },
          { text: "Under podman and containerd", link: "/guide/engines" },
          { text: "Configurations", link: "/guide/configurations" },
          { text: "The HTTP API", link: "/guide/http-api" },
          { text: "The shim alone", link: "/guide/shim" },
        ],
      },
      {
        text: "Reference",
        items: [
          { text: "ctr", link: "/reference/cli" },
          { text: "Errors", link: "/reference/errors" },
          { text: "Fields of config.json", link: "/reference/config-fields" },
          { text: "Rules of the validator", link: "/reference/spec-rules" },
        ],
      },
      {
        text: "Internals",
        items: [
          { text: "The init program", link: "/internals/init-program" },
          { text: "Processes and lifetimes", link: "/internals/processes" },
          { text: "Security", link: "/internals/security" },
        ],
      },
    ],
    search: { provider: "local" },
  },
});
