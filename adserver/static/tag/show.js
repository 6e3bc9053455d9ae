// Showing: in a box of our own that never shrinks in the reader's sight.

const LARGE_AREA = 242500, VIEWABLE_AFTER = 1000; // MRC: half of it for a second, 30 % of a large ad

function render(slot) {
  const {creative, asked} = slot;
  if (!creative) return;
  const {kind} = creative, ad = kind === 'html' ? frameOf(creative) : linkOf(creative);
  const media = kind === 'image' ? ad.firstChild : ad;
  media.onload = () => sight.observe(ad);
  media.onerror = () => {
    if (slot.asked === asked) leaveEmpty(slot, 'broken');
  };
  ad.onclick = () => emit('click', slot);
  const insert = isThere => {
    if (kind === 'text' && !isThere) media.onerror();
    else if (slot.asked === asked) {
      clear(slot, ad);
      notes.push({slot, creative});
      if (kind === 'text') media.onload();
    }
  };
  const waits = kind === 'text' ? load('text', [ad, creative]) : styled;
  if (waits) waits.then(insert).catch(complain);
  else insert();
}

// Lazy: loads, and so is counted, when it comes near the viewport; never in a slot that is not displayed.
function linkOf({kind, click, image, alt, width, height}) {
  const link = sized(width, 'auto', make('a', {href: click, target: '_blank', rel: 'sponsored noopener'}));
  if (kind === 'image') {
    // A picture of another shape than the creative's must not grow out of its place.
    link.append(sized(width, `auto;aspect-ratio:${width}/${height}`,
      make('img', {alt, width, height, loading: 'lazy', src: image})));
  }
  return link;
}

// Margins by attribute: srcdoc is under the page's content security policy, which may forbid styles. Where that policy
// goes by nonces or trusted types it would stop the creative's scripts too, and the frame comes from the ad server.
function frameOf({html, alt, label, token, width, height}) {
  const frame = sized(width, height + 'px', make('iframe', {
    title: alt || label, loading: 'lazy', scrolling: 'no', marginwidth: 0, marginheight: 0,
    sandbox: 'allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation'
  }));
  try {
    if (script.nonce || 'frames' in dataset) throw 0;
    frame.srcdoc = '<!doctype html><base target="_blank">' + html;
  } catch {
    frame.src = home + 'v1/f/' + token + '?' + field('page', pageAddress());
  }
  return frame;
}

// Inline, so that a page's rules for the pictures and links of its articles do not stretch a creative.
function sized(width, height, element) {
  element.style.cssText = `display:block;width:${width}px;max-width:100%;height:${height};margin:0 auto;padding:0;border:0`;
  return element;
}

function rendered(slot, ad) {
  const {creative} = slot;
  if (slot.ad !== ad || slot.isRendered) return;
  slot.isRendered = true;
  report('impression', creative.token);
  if (creative.caps) remember({...creative, time: Date.now()});
  emit('rendered', slot);
}

// Empty is collapsed where no reader sees it happen, unless the page wants it so, or never.
function leaveEmpty(slot, why) {
  quietly(() => clear(slot));
  const {element} = slot, {dataset: {collapse}, style} = element;
  if (!debug && collapse !== 'never' && (collapse || element.getBoundingClientRect().top >= innerHeight)) {
    slot.display = style.display;
    style.display = 'none';
  }
  notes.push({slot, why});
  emit('empty', slot, why);
}

// What is there may be a copy: scripts that write a page anew from its own HTML copy our ads, too.
function clear(slot, ad) {
  const {display, element} = slot, old = element.querySelector(':scope>.adserver-ad');
  unwatch(slot);
  if (display !== undefined) element.style.display = display;
  slot.display = slot.isRendered = slot.isInView = slot.isSeen = undefined;
  const box = make('div', {class: 'adserver-ad'});
  if (slot.ad = ad) {
    const {label} = slot.creative, words = make('div', {class: 'adserver-label'});
    words.textContent = label;
    Object.assign(box, {role: 'complementary', ariaLabel: label}).append(words, ad);
    ours.set(ad, slot);
  }
  if (old) {
    box.style.minHeight = old.offsetHeight + 'px';
    old.remove();
  }
  element.append(box);
  return box;
}

// An ad is rendered in the first frame after it has loaded, if a reader sees the page; that frame's layout tells us.
const sight = new IntersectionObserver(entries => {
  for (const {target, intersectionRatio: ratio} of entries) {
    if (target === root) {
      sight.unobserve(root);
      guarded(look);
    }
    const slot = ours.get(target);
    if (slot?.ad === target) {
      whenShown(() => guarded(rendered, slot, target));
      // The second of a large ad goes on where only more or less of it is in view.
      if (slot.isInView !== (slot.isInView = ratio >= 0.5 ||
        ratio >= 0.3 && target.offsetWidth * target.offsetHeight >= LARGE_AREA)) judge(slot);
    }
  }
}, {threshold: [0.3, 0.5]});

// Viewable: the tab in front is the focused one. document.hasFocus() would be false while the reader's caret is in the
// address bar.
function judge(slot) {
  clearTimeout(slot.timer);
  if (slot.isInView && !slot.isSeen && isShown()) slot.timer = setTimeout(viewable, VIEWABLE_AFTER, slot);
}

function viewable(slot) {
  unwatch(slot);
  report('viewable', slot.creative.token);
  emit('viewable', slot);
}

function unwatch(slot) {
  slot.isSeen = true;
  judge(slot);
  if (slot.ad) sight.unobserve(slot.ad);
}

function emit(event, slot, why) {
  const {campaign, creative} = slot.creative || {};
  tell(slot.element, event, {slot: slot.name, campaign, creative, why});
}

function tell(element, event, detail) {
  element.dispatchEvent(new CustomEvent('adserver:' + event, {bubbles: true, detail}));
}
