// The page's side.

function run(...commands) {
  for (const command of commands) guarded(command, ad);
}

const named = which => [...slots.values()].filter(({name, element}) => !which || name === which || element === which);

Object.assign(ad, {
  set(name, value) {
    values[name] = value === null || value === undefined ? [] : value;
  },
  scan: () => guarded(scan),
  refresh: which => want(named(which)),
  destroy: which => guarded(() => named(which).forEach(empty)),
  article(id) {
    article = viewWanted = id;
    schedule();
  },
  consent: granted => withCaps(() => caps.consent(granted))
});

guarded(addStyle);
guarded(() => {
  run(...ad.cmd || []);
  ad.cmd = {push: run};
  window.addEventListener('pagehide', leave);
  window.addEventListener('online', comeOnline);
  window.addEventListener('blur', () => setTimeout(() => {
    for (const {blur} of slots.values()) if (blur) blur();
  }));
  document.addEventListener('visibilitychange', hide);
  // Back from the back/forward cache is a new view of the article; its ads were counted.
  window.addEventListener('pageshow', ({persisted}) => {
    if (persisted && article) ad.article(article);
  });
  if (debug) load('debug', notes);
  whenShown(start);
});
