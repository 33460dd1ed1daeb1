/** The front page's frame. It stands here because the formatter knows no YAML at the head of a Markdown file. */
export const home = {
  layout: "home",
  hero: {
    name: "ctr",
    text: "Containers, in TypeScript all the way down",
    tagline:
      "An OCI runtime, a shim, a daemon and a command line for Bun. As tools, and as libraries.",
    actions: [
      { theme: "brand", text: "Walk-through", link: "/start/walk-through" },
      { theme: "alt", text: "From TypeScript", link: "/start/library" },
    ],
  },
  features: [
    {
      title: "Init is a program made for your container",
      details:
        "config.json becomes a straight list of system calls in a static executable of a few kilobytes. No parser, no heap and no JavaScript ever runs inside.",
    },
    {
      title: "Look before you run",
      details:
        "bunc explain prints every system call with the field of the configuration that asked for it.",
    },
    {
      title: "Nothing is lost",
      details:
        "Kill the daemon at any instant. Containers, output, exit statuses and events are all there when it comes back.",
    },
  ],
} as const;
