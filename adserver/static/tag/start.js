// The page's side.

function run(...commands) {
  for (const command of commands) guarded(command, ad);
}

const named = which => [...slots.values()].filter(({name, element}) => !which || [name, element].includes(which));

Object.assign(ad, {
  set(name, value) {
    values[name] = value ?? [];
  },
  scan: schedule,
  refresh: which => want(named(which)),
  destroy: which => guarded(() => named(which).forEach(empty)),
  article(id) {
    article = viewWanted = id;
    schedule();
  },
  consent: granted => withCaps().then(() => caps?.consent(granted))
});

guarded(() => {
  run(...ad.cmd || []);
  ad.cmd = {push: run};
  addEventListener('pagehide', leave);
  addEventListener('online', comeOnline);
  // A click inside a frame is seen only by the focus that goes there; it is counted on its way to the advertiser.
  addEventListener('blur', () => setTimeout(() => {
    const slot = ours.get(document.activeElement);
    if (slot?.ad?.contentWindow) emit('click', slot);
  }));
  document.addEventListener('visibilitychange', turn);
  document.addEventListener('prerenderingchange', turn);
  if (debug) load('debug', notes);
  whenShown(start);
});
