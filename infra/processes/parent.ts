const LOOK_MS = 250;

/** For a process under npm or npx: their SIGTERM reaches only the shell between them and us, which does not pass it on. */
export function whenParentIsGone(act: () => void): void {
  const parent = process.ppid;
  const look = (): void => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  };
  const timer = setInterval(look, LOOK_MS).unref();
}
