// Article views, and the most read.

const COUNTED_WITHIN = 5000; // a counted view shows in /v1/views after the flush: 2 s, and 3 s at most

const counts = [], lists = []; // elements to ask for

function meetCount(element, id, mostRead) {
  if (mostRead !== undefined) {
    if (ours.has(element)) return;
    ours.set(element);
    if (element.querySelector('template')) load('list', element);
    else lists.push(element);
  } else if (id && (isAnew || ours.get(element) !== id)) {
    ours.set(element, id);
    counts.push(element);
  }
}

// One question for all counts, and for a list. With the first request for ads it comes without one of its own.
function countsWanted() {
  const questions = [];
  while (counts.length || lists.length) {
    const list = lists.pop(), elements = counts.splice(0, ARTICLES_A_REQUEST);
    // Written as the site's language writes numbers: the first Intl.NumberFormat of a page takes a phone 70 ms.
    let query = '&written';
    if (list) query += field('top', list.dataset.mostRead) + field('limit', list.dataset.limit || '');
    for (const id of new Set(elements.map(element => ours.get(element)))) query += field('views', id);
    questions.push({query, fill({views, top}) {
      quietly(() => {
        for (const element of elements) element.textContent = views[ours.get(element)] ?? element.textContent;
        if (list) order(list, top);
      });
      if (list) tell(list, 'most-read', top);
    }});
  }
  return questions;
}

function askCounts({query, fill}) {
  get(`v1/views/${dataset.site}?${query}`, fill, complain);
}

// What is read most comes first; with a limit, so many are shown. What is in its place already stays untouched.
function order(list, top) {
  const {limit} = list.dataset;
  let old = list.firstElementChild;
  for (const {article} of top) {
    let item = list.querySelector(`[data-article=${JSON.stringify(article)}]`);
    if (!item) continue;
    while (item.parentNode !== list) item = item.parentNode;
    item === old ? old = old.nextElementSibling : old?.before(item);
  }
  if (limit) [...list.children].slice(limit).forEach(item => { item.hidden = true; });
}
