/*
What the campaigns with caps have shown this reader: on this page always; on later pages where consent lets it be stored,
in one first-party record on the device that holds campaigns and times, and nothing about the reader.
*/
const RECORD = 'adserver', CAPPED = 20; // campaigns of one request, the server's limit
const TCF_PATIENCE = 500; // milliseconds that the first request waits for a consent manager to answer
const here = {}; // what this page has shown, and what counts on later pages too; campaign: {caps, times}
const record = {};
let isGranted, isKept, begun;

export default (ad, given, {dataset}) => {
  begun = begun || begin(dataset);
  return begun;
};

async function begin({consent: said}) {
  if (said || navigator.globalPrivacyControl) consent(said === 'granted');
  else if (typeof window.__tcfapi === 'function') await askConsentManager();
  return {consent, remember, capped};
}

// Of the transparency and consent framework, purpose 1: to store on the device. The listener hears later changes too.
// Some managers throw, and tell nothing of purposes where they think that their law does not hold.
function askConsentManager() {
  return new Promise(done => {
    setTimeout(done, TCF_PATIENCE);
    attempt(() => window.__tcfapi('addEventListener', 2, (data, isGood) => {
      if (!isGood || !/^(tcloaded|useractioncomplete)$/.test(data.eventStatus)) return;
      consent(data.purpose?.consents?.[1] === true);
      done();
    }));
  });
}

function consent(granted) {
  isGranted = granted && !navigator.globalPrivacyControl;
  if (isGranted) return remember({});
  isKept = false;
  for (const name of Object.keys(record)) delete record[name];
  attempt(() => localStorage.removeItem(RECORD));
}

function capped() {
  recall();
  const count = (name, {seconds}) => seconds // 0: a cap of the page
    ? (record[name] || here[name]).times.filter(time => time > Date.now() - seconds * 1000).length
    : here[name] ? here[name].times.length : 0;
  return Object.entries({...record, ...here})
    .filter(([name, {caps}]) => caps.some(cap => count(name, cap) >= cap.impressions))
    .map(([name]) => name).slice(0, CAPPED);
}

// `time` is when it was shown, where that is not now.
function remember({campaign, caps, time: shownAt = Date.now()}) {
  recall();
  const lasting = caps && caps.filter(({seconds}) => seconds);
  const time = shownAt + Math.random(); // two at once are two
  const add = (shown, caps) => {
    shown[campaign] = {caps, times: [...shown[campaign] ? shown[campaign].times : [], time]};
  };
  if (caps) add(here, caps);
  if (caps && lasting.length) add(record, lasting);
  forgetOld();
  if (!isGranted) return;
  attempt(() => {
    if (Object.keys(record).length) localStorage.setItem(RECORD, JSON.stringify(record));
    else localStorage.removeItem(RECORD);
    isKept = true;
  });
}

function forgetOld() {
  const now = Date.now();
  for (const [name, {caps, times}] of Object.entries(record)) {
    const longest = Math.max(...caps.map(({seconds}) => seconds)) * 1000;
    const most = Math.max(...caps.map(({impressions}) => impressions));
    record[name].times = times.filter(time => Math.abs(now - time) < longest).slice(-most);
    if (!record[name].times.length) delete record[name];
  }
}

// Another tab of the site may have written since, or have taken the record away: there the reader no longer agrees.
function recall() {
  if (!isGranted) return;
  forgetOld();
  attempt(() => {
    const kept = localStorage.getItem(RECORD);
    if (!kept && isKept && Object.keys(record).length) return consent(false);
    for (const [name, shown] of Object.entries(JSON.parse(kept) || {})) {
      if (!shown?.caps?.every?.(cap => cap?.seconds) || !Array.isArray(shown.times)) continue; // not ours
      const here = record[name] || {caps: shown.caps, times: []};
      record[name] = {caps: here.caps, times: [...new Set([...shown.times, ...here.times])].sort((a, b) => a - b)};
    }
  });
}

// A browser may refuse storage, or somebody else may have written there: then this page is all that is remembered.
function attempt(access) {
  try {
    access();
  } catch {}
}
