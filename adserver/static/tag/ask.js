// Asking: one request for all slots. The next one waits for its answer, so that it can tell what the page then shows.

function ask(questions) {
  if (!wanted.size && !viewWanted) return;
  if (capped.length && wanted.size) return withCaps().then(schedule);
  const asked = new Map(); // by what the answer calls the slot
  let query = field('site', dataset.site) + field('page', pageAddress(), PAGE_LENGTH) + field('w', root.clientWidth) +
    (viewWanted ? field('article', article) : '') + (caps ? field('capped', caps.capped()) : '') + keyValues('kv.', values);
  for (const slot of wanted) {
    const {name, element} = slot, called = asked.has(name) ? name + '~' + asked.size : name;
    const longer = query + keyValues(called + '.kv.', valuesOf(element));
    if (asked.size >= SLOTS_A_REQUEST || asked.size && longer.length > QUERY_LENGTH) break;
    query = longer;
    wanted.delete(slot);
    asked.set(called, slot);
    slot.asked = asked;
  }
  const shown = [...slots.values()].filter(slot => slot.creative && slot.asked && slot.asked !== asked);
  query += field('slots', [...asked.keys()]);
  if (shown[0]) query += field('shown', shown.map(slot => slot.creative.campaign), PAGE_LENGTH);
  asked.forEach((slot, called) => notes.push({slot, called, query}));
  send(query, asked, questions);
}

function meetAll() {
  for (const slot of slots.values()) {
    const {name, element} = slot;
    if (element.isConnected && element.dataset.adSlot === name) continue;
    empty(slot);
    slots.delete(element);
  }
  document.querySelectorAll('[data-ad-slot],[data-article-views],[data-most-read]').forEach(meet);
}

function meet(element) {
  const {adSlot: name, lazy, refresh, articleViews, mostRead} = element.dataset;
  if (name === undefined) return meetCount(element, articleViews || article, mostRead);
  if (slots.has(element)) return;
  const slot = {name, element};
  slots.set(element, slot);
  if (refresh !== undefined && !ours.has(element)) load('refresh', element);
  ours.set(element);
  if (lazy === undefined && element.checkVisibility?.()) return wanted.add(slot);
  // Lazy, or in what is not shown: a panel, closed details. Older browsers cannot tell, and wait for all.
  near ||= within('150%', slot => want([slot]));
  near.observe(element);
}

// An observer that has a slot used, once, when it is no further from the viewport.
function within(rootMargin, use) {
  const observer = new IntersectionObserver(entries => {
    for (const {target, isIntersecting} of entries) if (isIntersecting) {
      observer.unobserve(target);
      guarded(use, slots.get(target));
    }
  }, {rootMargin});
  return observer;
}

function empty(slot) {
  slot.asked = 0;
  wanted.delete(slot);
  near?.unobserve(slot.element);
  soon?.unobserve(slot.element);
  clear(slot).remove();
}

function want(more) {
  for (const slot of more) wanted.add(slot);
  schedule();
}

// Where there are too many, an article's last keywords are left out.
function keyValues(prefix, all) {
  return Object.entries(all).flatMap(([name, some]) =>
    [some].flat().map(value => field(prefix + name, value, VALUE_LENGTH))).slice(0, VALUES_A_REQUEST).join('');
}

function valuesOf(element) {
  const found = {};
  for (const name of element.getAttributeNames()) {
    const value = name.startsWith('data-kv-') && element.getAttribute(name);
    if (value) found[name.slice(8)] = value.split('|');
  }
  return found;
}

// Cut between characters, also those that JavaScript writes as two.
function field(name, value, most) {
  return '&' + encodeURIComponent(name) + '=' + encodeURIComponent([...String(value)].slice(0, most).join(''));
}

function pageAddress() {
  return document.querySelector('link[rel=canonical]')?.href || document.URL.split('#')[0];
}

function send(query, asked, questions) {
  const ofView = viewWanted;
  const fill = decide => asked.forEach((slot, called) => {
    if (slot.asked === asked) guarded(decide, slot, called); // or it was destroyed meanwhile
  });
  viewWanted = '';
  asking = 1;
  setTimeout(proceed, ANSWER_PATIENCE);
  const along = query.length + questions[0]?.query.length < QUERY_LENGTH && questions.shift();
  if (along) query += along.query;
  get('v1/ads?' + query, answer => {
    proceed();
    if (answer.view) report('view', answer.view);
    if (along) answer.views ? along.fill(answer) : askCounts(along);
    quietly(() => fill((slot, called) => {
      unwatch(slot);
      slot.creative = answer.slots[called];
      // A frame takes the page longer than all else that is here.
      if (slot.creative?.kind === 'html') {
        soon ||= within('50%', render);
        soon.observe(slot.element);
      } else render(slot);
    }));
    fill((slot, called) => slot.creative || leaveEmpty(slot, answer.why[called]));
  }, error => {
    proceed();
    if (along) askCounts(along);
    viewWanted ||= ofView;
    fill(slot => {
      failed.add(slot);
      leaveEmpty(slot, error.message);
    });
  });
}

function proceed() {
  asking = 0;
  if (again || wanted.size) schedule();
}

function get(path, use, refuse) {
  request(path).then(answer => {
    if (answer.ok) return answer.json();
    throw Error('HTTP ' + answer.status);
  }).then(use).catch(refuse);
}

// Called without a line of ours below it: else the browser compiles a function once more, to know the line's number.
function request(path, options) {
  return Promise.resolve().then(fetch.bind(null, home + path, {credentials: 'omit', ...options}));
}
