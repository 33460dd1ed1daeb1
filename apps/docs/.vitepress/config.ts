import { defineConfig } from "vitepress";

export default defineConfig({
  title: "ctr",
  description: "A container stack in TypeScript on Bun",
  cleanUrls: true,
  lastUpdated: false,
  srcExclude: ["README.md", "test/**"],
  themeConfig: {
    nav: [
      { text: "Start", link: "/start/walk-through" },
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
        text: "Internals",
        items: [
          { text: "The init program", link: "/internals/init-program" },
          { text: "Processes and lifetimes", link: "/internals/processes" },
        ],
      },
    ],
    search: { provider: "local" },
  },
});
