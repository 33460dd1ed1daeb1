/** The signals that a process in the foreground gets in our stead: those that ask it for something. */
const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

/** How often SIGINT or SIGTERM may come before we let go of a process that does not care. */
const patience = 3;

/** What {@linkcode forwardSignals} calls. */
export interface SignalHandlers {
  /** Hands a signal on. */
  forward(signal: NodeJS.Signals): void;
  /** Lets go: somebody has asked three times. */
  giveUp(): void;
}

/** Hands signals on until it is disposed of; only then do they end us again. */
export function forwardSignals(handlers: SignalHandlers): Disposable {
  let asked = 0;
  const listener = (signal: NodeJS.Signals): void => {
    if (signal === "SIGINT" || signal === "SIGTERM") asked++;
    if (asked >= patience) handlers.giveUp();
    else handlers.forward(signal);
  };
  for (const signal of forwarded) process.on(signal, listener);
  return {
    [Symbol.dispose]: () => {
      for (const signal of forwarded) process.off(signal, listener);
    },
  };
}
