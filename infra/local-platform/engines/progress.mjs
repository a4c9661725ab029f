const QUIET_SECONDS = 15;

export function startProgress(label, out = process.stdout) {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  const live = Boolean(out.isTTY);
  const draw = live
    ? () => out.write(`\r${label} … ${seconds()} s`)
    : () => seconds() % QUIET_SECONDS === 0 && out.write(`${label} … ${seconds()} s\n`);
  out.write(live ? `${label} …` : `${label} …\n`);
  const timer = setInterval(draw, 1000);
  timer.unref();
  return (result) => {
    clearInterval(timer);
    out.write(`${live ? '\r' : ''}${label}: ${result} (${seconds()} s)\n`);
  };
}
