/*
Says on each slot what was asked for, what came or why nothing did, and what was counted; in a corner, what holds for the page.
For people who build pages, in English; ?adserver_debug in the page's address shows it.
*/
const REASONS = {
  'unknown-slot': 'the site has no slot of this name',
  'no-candidates': 'no campaign is booked here now whose targeting holds',
  'too-wide': 'all creatives are wider than the screen',
  'out-of-hours': 'all creatives are out of their own hours',
  capped: 'this reader has seen all candidates as often as their caps allow',
  excluded: 'all candidates lost to what the page shows already: a rival, the same creative, a cap',
  roadblock: 'the candidates show all their creatives on a page or none, and cannot here',
  'out-of-share': 'only sponsorships are booked, and this request is not of their share',
  'paced-out': 'the candidates are ahead of their plans or done',
  broken: 'its picture could not be loaded'
};
// Under the pointer, or where a finger was, it lets through what it covers.
const STYLE = ':host{all:initial;display:block}:host(:hover){opacity:.15}' +
  'div{font:11px/15px ui-monospace,monospace;color:#000;background:#ffd;border:1px solid #b90;padding:2px 4px;' +
  'overflow-wrap:anywhere;text-align:left;direction:ltr}b{color:#060}i{color:#a00}' +
  'small{display:block;font-size:10px;line-height:13px;color:#555}';
const SHOWN = /^kv\.|^(w|capped|shown)$/; // of what was asked
const states = new Map(); // by slot: {asked, own, came, why, counted}

export default (ad, notes, script) => {
  const corner = panel('position:fixed;z-index:2147483647;right:0;bottom:0;max-width:340px');
  document.documentElement.append(corner);
  let requests = 0, events = 0, refused = 0, last;
  const take = note => {
    const {slot, called, query, creative, why, lines, status} = note;
    if (slot) {
      const state = states.get(slot) || states.set(slot, {box: panel('z-index:1;left:0;bottom:0')}).get(slot);
      if (query) Object.assign(state, {asked: query, own: called + '.kv.', came: null, why: null, counted: []});
      if (creative) state.came = creative;
      if (why) state.why = why;
      if (query && query !== last) requests++;
      last = query || last;
      drawSlot(slot, state);
    }
    for (const line of lines || []) counted(line, status);
    if (lines) status < 300 ? events += lines.length : refused += lines.length;
    const consent = script.dataset.consent || (window.__tcfapi ? 'TCF' : 'not said');
    draw(corner, ['adserver', ` ${script.dataset.site} · requests: ${requests} · events: ${events}`,
      refused ? ` · not taken: ${refused}` : '', `consent: ${consent}` + (navigator.globalPrivacyControl ? ', GPC' : '')]);
  };
  notes.splice(0).forEach(take);
  notes.push = take;
};

function counted(line, status) {
  const [kind, token] = line.split(' ');
  for (const [slot, state] of states) {
    if (!state.came || state.came.token !== token) continue;
    state.counted.push(status < 300 ? kind : `${kind} (HTTP ${status}, again later)`);
    drawSlot(slot, state);
  }
}

function drawSlot({name, element}, {box, asked, own, came, why, counted = []}) {
  const query = new URLSearchParams(asked);
  const values = [...query].filter(([key]) => (key.startsWith(own) || SHOWN.test(key)) && query.get(key))
    .map(([key, value]) => `${key.replace(own, '').replace('kv.', '')}=${value}`);
  const found = came && `${came.campaign}/${came.creative} ${came.width}x${came.height}`;
  const reason = REASONS[why] ? REASONS[why] + ` (${why})` : why;
  const sentence = why ? `empty: ${reason}` : `counted: ${counted.join(', ') || 'nothing yet'}`;
  draw(box, [name, found ? ` ${found}` : '', '', `asked: ${values.join(' ')}`, sentence], why);
  const ad = element.querySelector('.adserver-ad');
  // An ad's place has room for the box, over the ad; where none is the box takes its own.
  box.style.position = ad && !why ? 'absolute' : 'relative';
  if (box.parentNode !== (ad || element)) (ad || element).append(box);
}

function panel(style) {
  const host = document.createElement('adserver-debug');
  host.className = 'adserver-debug';
  host.style.cssText = style;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  host.attachShadow({mode: 'open'}).adoptedStyleSheets = [sheet];
  host.shadowRoot.append(document.createElement('div'));
  return host;
}

function draw(host, [name, found, wrong, ...lines], isWrong) {
  const part = (tag, text) => Object.assign(document.createElement(tag), {textContent: text});
  const title = [part(isWrong ? 'i' : 'b', name), found, part('i', wrong)];
  host.shadowRoot.firstChild.replaceChildren(...title, ...lines.map(line => part('small', line)));
}
