/*
The most read articles, into an element with data-most-read="24h". Its <template> is filled for each: {article}, {views} and
{rank} in texts and attributes. Without one, its children that name their article, data-article="42", come into that
order. The event adserver:most-read hands the page what was read, for titles that only the page knows.
*/
const LIMIT = 10, HOURS = 24;

export default async (ad, list, script) => {
  const [, number, unit] = /(\d+)\s*([hd]?)/.exec(list.dataset.mostRead) || [];
  const hours = number ? number * (unit === 'd' ? 24 : 1) : HOURS;
  const limit = list.dataset.limit || LIMIT;
  const answer = await fetch(new URL(`v1/views/${script.dataset.site}/top?hours=${hours}&limit=${limit}`, script.src),
    {credentials: 'omit'});
  if (!answer.ok) throw new Error('HTTP ' + answer.status);
  const counts = await answer.json();
  const separator = answer.headers.get('Content-Language') === 'en' ? ',' : '.'; // as in views.js
  const written = number => String(number).replace(/\B(?=(\d{3})+$)/g, separator);
  const read = counts.map(({article, views}, index) => ({article, views: written(views), rank: index + 1}));
  const template = list.querySelector('template');
  if (template) fill(list, template, read);
  else order(list, read);
  list.dispatchEvent(new CustomEvent('adserver:most-read', {bubbles: true, detail: counts}));
};

function fill(list, template, read) {
  for (const values of read) {
    const item = template.content.cloneNode(true);
    const filled = text => text.replace(/\{(article|views|rank)\}/g, (_, name) => values[name]);
    const nodes = document.createTreeWalker(item, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (nodes.nextNode()) {
      const {currentNode} = nodes;
      if (currentNode.data) currentNode.data = filled(currentNode.data);
      for (const attribute of currentNode.attributes || []) {
        if (attribute.value.includes('{')) attribute.value = filled(attribute.value);
      }
    }
    list.append(item);
  }
}

function order(list, read) {
  const items = new Map();
  for (const item of list.children) {
    const named = item.matches('[data-article]') ? item : item.querySelector('[data-article]');
    if (named) items.set(named.dataset.article, item);
  }
  const ordered = read.map(({article}) => items.get(article)).filter(Boolean);
  list.prepend(...ordered);
  if (!list.dataset.limit) return;
  [...items.values()].filter(item => !ordered.includes(item)).slice(Math.max(0, list.dataset.limit - ordered.length))
    .forEach(item => { item.hidden = true; });
}
