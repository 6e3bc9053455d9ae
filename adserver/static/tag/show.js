// Showing: in a box of our own that never shrinks in the reader's sight.

const LARGE_AREA = 242500, VIEWABLE_AFTER = 1000; // MRC: half of it for a second, 30 % of a large ad

function render(slot, creative) {
  const {kind, label} = creative;
  const ad = kind === 'html' ? frameOf(creative) : linkOf(creative);
  const media = kind === 'image' ? ad.firstChild : ad;
  const show = () => requestAnimationFrame(() => whenShown(() => guarded(rendered, slot, creative, ad)));
  media.onload = () => {
    media.onload = null;
    if (media.decode) media.decode().then(show, show);
    else show();
  };
  media.onerror = () => leaveEmpty(slot, 'broken', creative);
  ad.onclick = () => emit('click', slot, creative);
  const {round} = slot;
  Promise.all([kind !== 'text' || load('text', [ad, creative]), styled]).then(([isThere]) => {
    if (slot.round !== round) return;
    if (!isThere) return media.onerror();
    clear(slot);
    const {box} = slot;
    box.role = 'complementary';
    box.ariaLabel = label;
    box.append(make('div', {className: 'adserver-label', textContent: label}), ad);
    notes.push({slot, creative});
    if (kind === 'text') show();
  }).catch(complain);
}

// Lazy: loads, and so is counted, when it comes near the viewport; never in a slot that is not displayed.
function linkOf({kind, click, image, alt, width, height}) {
  const link = sized(width, 'auto', make('a', {href: click, target: '_blank', rel: 'sponsored noopener'}));
  if (kind === 'image') {
    // A picture of another shape than the creative's must not grow out of its place.
    const shape = `auto;aspect-ratio:${width}/${height}`;
    link.append(sized(width, shape, make('img', {alt, width, height, loading: 'lazy', src: image})));
  }
  return link;
}

// Margins by attribute: srcdoc is under the page's content security policy, which may forbid styles. Where that policy
// goes by nonces or trusted types it would stop the creative's scripts too, and the frame comes from the ad server.
function frameOf({html, alt, label, token, width, height}) {
  const frame = sized(width, height + 'px', make('iframe', {
    title: alt || label, loading: 'lazy', scrolling: 'no', marginWidth: 0, marginHeight: 0,
    sandbox: 'allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation'
  }));
  try {
    if (script.nonce || 'frames' in dataset) throw 0;
    frame.srcdoc = '<!doctype html><meta charset="utf-8"><base target="_blank">' + html;
  } catch {
    frame.src = `${home}v1/f/${token}?page=${encodeURIComponent(pageAddress())}`;
  }
  return frame;
}

// Inline, so that a page's rules for the pictures and links of its articles do not stretch a creative.
function sized(width, height, element) {
  element.style.cssText = `display:block;width:${width}px;max-width:100%;height:${height};margin:0 auto;padding:0;border:0`;
  return element;
}

function rendered(slot, creative, ad) {
  if (!slot.box || !slot.box.contains(ad)) return;
  report('impression', creative.token);
  if (creative.caps) remember({...creative, time: Date.now()});
  emit('rendered', slot, creative);
  Object.assign(slot, {ad, creative});
  sight.observe(ad);
}

// Empty is collapsed where no reader sees it happen, unless the page wants it so, or never.
function leaveEmpty(slot, why, creative = {}) {
  clear(slot);
  const {element} = slot;
  const {collapse} = element.dataset;
  const isBelow = element.getBoundingClientRect().top >= innerHeight;
  if (!debug && collapse !== 'never' && (isBelow || collapse)) {
    slot.display = element.style.display;
    element.style.display = 'none';
  }
  notes.push({slot, why});
  emit('empty', slot, creative, why);
}

function clear(slot) {
  if (slot.ad) unwatch(slot);
  slot.ad = slot.isInView = slot.isSeen = null;
  const {element} = slot;
  if ('display' in slot) element.style.display = slot.display;
  delete slot.display;
  const box = slot.box ?? make('div', {className: 'adserver-ad'});
  if (slot.box) box.style.minHeight = box.offsetHeight + 'px';
  if (box.parentNode !== element) element.append(box);
  box.textContent = '';
  box.role = box.ariaLabel = null;
  slot.box = box;
}

// Viewable: the tab in front is the focused one. document.hasFocus() would be false while the reader's caret is in the
// address bar.
const sight = new IntersectionObserver(entries => {
  for (const {target, intersectionRatio, boundingClientRect: {width, height}} of entries) {
    const isInView = intersectionRatio >= (width * height >= LARGE_AREA ? 0.3 : 0.5);
    for (const slot of named()) if (slot.ad === target) judge(Object.assign(slot, {isInView}));
  }
}, {threshold: [0.3, 0.5]});

function judge(slot) {
  clearTimeout(slot.timer);
  if (slot.isInView && !slot.isSeen && isShown()) slot.timer = setTimeout(viewable, VIEWABLE_AFTER, slot);
}

function viewable(slot) {
  unwatch(slot);
  report('viewable', slot.creative.token);
  emit('viewable', slot, slot.creative);
}

function unwatch(slot) {
  clearTimeout(slot.timer);
  sight.unobserve(slot.ad);
  slot.isSeen = true;
}

function emit(event, {name, element}, {campaign, creative}, why) {
  const detail = {slot: name, campaign, creative, why};
  element.dispatchEvent(new CustomEvent('adserver:' + event, {bubbles: true, detail}));
}
