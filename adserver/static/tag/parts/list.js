/*
The most read articles, into an element with data-most-read="24h" and a <template>, which is filled for each: {article},
{views} and {rank} in texts and attributes. Lists without one are the tag's own. The event adserver:most-read hands the page
what was read, for titles that only the page knows.
*/
const LIMIT = 10, HOURS = 24, HOURS_LIMIT = 744; // the server's limit
// Anyone may have a made-up article counted: its name must not become a script, wherever the template puts it.
const RUNS = /^(on.*|srcdoc)$/, SCRIPT = /^\s*(javascript|data|vbscript):/i;

export default async (ad, list, script) => {
  const [, number, unit] = /(\d+)\s*([hd]?)/.exec(list.dataset.mostRead) || [];
  const hours = Math.min(number * (unit === 'd' ? 24 : 1) || HOURS, HOURS_LIMIT);
  const limit = list.dataset.limit || LIMIT;
  const answer = await fetch(new URL(`v1/views/${script.dataset.site}/top?hours=${hours}&limit=${limit}`, script.src),
    {credentials: 'omit'});
  if (!answer.ok) throw new Error('HTTP ' + answer.status);
  const counts = await answer.json();
  const separator = answer.headers.get('Content-Language') === 'en' ? ',' : '.';
  const written = number => String(number).replace(/\B(?=(\d{3})+$)/g, separator);
  const read = counts.map(({article, views}, index) => ({article, views: written(views), rank: index + 1}));
  fill(list, list.querySelector('template'), read);
  list.dispatchEvent(new CustomEvent('adserver:most-read', {bubbles: true, detail: counts}));
};

function fill(list, template, read) {
  for (const values of read) {
    const item = template.content.cloneNode(true);
    const filled = text => text.replace(/\{(article|views|rank)\}/g, (_, name) => values[name]);
    const nodes = document.createTreeWalker(item, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (nodes.nextNode()) {
      const {currentNode} = nodes;
      if (currentNode.data && currentNode.parentNode.localName !== 'script') currentNode.data = filled(currentNode.data);
      for (const attribute of [...currentNode.attributes || []]) {
        const {name, value} = attribute;
        if (!value.includes('{') || RUNS.test(name) && value.includes('{article}')) continue;
        attribute.value = filled(value);
        if (SCRIPT.test(attribute.value)) currentNode.removeAttribute(name);
      }
    }
    list.append(item);
  }
}
