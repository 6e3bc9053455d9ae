// Showing: in a box of our own that never shrinks in the reader's sight.

const LARGE_AREA = 242500, VIEWABLE_AFTER = 1000; // MRC: half of it for a second, 30 % of a large ad
// :where() weighs nothing: any rule of the page for these classes wins.
const STYLE = ':where([data-ad-slot]){display:grid;align-content:center}' +
  ':where(.adserver-ad){position:relative;min-width:0}' +
  ':where(.adserver-label){font:11px/20px system-ui,sans-serif;height:20px;overflow:hidden;white-space:nowrap;' +
  'letter-spacing:.06em;text-align:center;opacity:.7}';

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
  Promise.resolve(kind !== 'text' || load('text', [ad, creative])).then(isThere => {
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
    frame.src = new URL(`v1/f/${token}?page=${encodeURIComponent(pageAddress())}`, script.src);
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
  if (creative.caps) withCaps(() => caps.remember(creative));
  emit('rendered', slot, creative);
  watch(slot, ad, () => {
    slot.unwatch();
    report('viewable', creative.token);
    emit('viewable', slot, creative);
  });
  // A click inside a frame is seen only by the focus that goes there; it is counted on its way to the advertiser.
  slot.blur = () => {
    if (document.activeElement === ad && ad.contentWindow) emit('click', slot, creative);
  };
}

// Empty is collapsed where no reader sees it happen, unless the page wants it so, or never.
function leaveEmpty(slot, why, creative = {}) {
  clear(slot);
  const {element} = slot;
  const {collapse} = element.dataset;
  const isBelow = element.getBoundingClientRect().top >= window.innerHeight;
  if (!debug && collapse !== 'never' && (isBelow || collapse)) {
    slot.display = element.style.display;
    element.style.display = 'none';
  }
  notes.push({slot, why});
  emit('empty', slot, creative, why);
}

function clear(slot) {
  if (slot.unwatch) slot.unwatch();
  slot.blur = null;
  const {element} = slot;
  if ('display' in slot) element.style.display = slot.display;
  delete slot.display;
  const box = slot.box || make('div', {className: 'adserver-ad'});
  if (slot.box) box.style.minHeight = box.offsetHeight + 'px';
  if (box.parentNode !== element) element.append(box);
  box.textContent = '';
  box.role = box.ariaLabel = null;
  slot.box = box;
}

// A content security policy allows this. Safari before 16.4 has it not and shows labels plain.
function addStyle() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

// Viewable: the tab in front is the focused one. document.hasFocus() would be false while the reader's caret is in the
// address bar.
function watch(slot, ad, done) {
  let isInView, timer;
  const judge = () => {
    clearTimeout(timer);
    if (isInView && isShown()) timer = setTimeout(done, VIEWABLE_AFTER);
  };
  const observer = new IntersectionObserver(entries => {
    const {intersectionRatio, boundingClientRect: {width, height}} = entries.pop();
    isInView = intersectionRatio >= (width * height >= LARGE_AREA ? 0.3 : 0.5);
    judge();
  }, {threshold: [0.3, 0.5]});
  slot.unwatch = () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener('visibilitychange', judge);
  };
  document.addEventListener('visibilitychange', judge);
  observer.observe(ad);
}

function emit(event, {name, element}, {campaign, creative}, why) {
  const detail = {slot: name, campaign, creative, why};
  element.dispatchEvent(new CustomEvent('adserver:' + event, {bubbles: true, detail}));
}
