/** One small sheet for the hosted pages: readable on a phone and at a desk, light and dark. */
export const STYLE = `
:root { color-scheme: light dark; --line: #c8ccd4; --accent: #3d4fd6; --bad: #b3261e; --soft: #f4f5f9; }
@media (prefers-color-scheme: dark) { :root { --line: #454a57; --accent: #8b98ff; --bad: #ff8a80; --soft: #23262e; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
header { background: #fff3cd; color: #4a3800; padding: .75rem 1rem; text-align: center; }
main { max-width: 56rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; display: grid; gap: 2rem; }
@media (min-width: 48rem) { main { grid-template-columns: 1fr 1fr; padding-top: 3rem; } }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
table { width: 100%; border-collapse: collapse; }
td { padding: .5rem 0; border-bottom: 1px solid var(--line); }
td:last-child { text-align: right; white-space: nowrap; }
label { display: block; margin: 0 0 1rem; font-weight: 600; }
input { display: block; width: 100%; margin-top: .25rem; padding: .65rem .75rem; font: inherit; font-weight: 400; border: 1px solid var(--line); border-radius: .4rem; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
button { width: 100%; padding: .75rem; font: inherit; font-weight: 600; border: 1px solid var(--accent); border-radius: .4rem; background: var(--accent); color: Canvas; cursor: pointer; }
button.quiet { background: none; color: inherit; border-color: var(--line); margin-top: .75rem; }
.error { border: 1px solid var(--bad); color: var(--bad); border-radius: .4rem; padding: .75rem 1rem; margin: 0 0 1rem; }
aside { background: var(--soft); border-radius: .4rem; padding: 1rem; font-size: .9rem; margin-top: 1.5rem; }
code { font-size: .95em; }
`;
