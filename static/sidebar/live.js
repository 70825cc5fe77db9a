// Following what happens: resumed from where the page stands, each message shown once.

const MOST_SECONDS = 30;

// `heard` gets each message; `gone` is told when the session has ended, `stale` when too much was
// missed. The browser reconnects by itself while the server answers; we do it when it does not.
export function follow(path, since, { heard, gone, stale, state }) {
  let last = since;
  let source = null;
  let seconds = 1;

  function open() {
    source = new EventSource(`${path}?since=${encodeURIComponent(last)}`);
    source.onopen = () => { seconds = 1; state(true); };
    source.onerror = () => {
      state(false);
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, seconds * 1000);
      seconds = Math.min(seconds * 2, MOST_SECONDS);
    };
    for (const name of ["timeline", "alert"]) {
      source.addEventListener(name, (event) => {
        last = event.lastEventId || last;
        heard(name, JSON.parse(event.data));
      });
    }
    source.addEventListener("reload", () => stale());
    source.addEventListener("bye", () => { source.close(); gone(); });
  }

  open();
  return () => source.close();
}
