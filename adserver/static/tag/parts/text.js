/*
A text creative: a title, a text, perhaps a small picture, in the page's own type. The page may restyle all of it by the
class names; what is here weighs nothing.
*/
const STYLE = ':where(.adserver-text){display:flex;gap:12px;align-items:safe center;overflow:hidden;text-decoration:none;' +
  'color:inherit;text-align:start;font-size:1rem;line-height:1.35;overflow-wrap:anywhere}' +
  ':where(.adserver-text img){width:72px;height:72px;object-fit:cover;flex:none}' +
  ':where(.adserver-title){display:block;text-decoration:underline}';
let isStyled;

export default (ad, [link, {title, text, image, alt, height}]) => {
  if (!isStyled) addStyle();
  const words = make('span', {textContent: text});
  words.prepend(make('strong', {className: 'adserver-title', textContent: title}));
  link.className = 'adserver-text';
  // What the tag set inline for all creatives; a text is as high as it is, within the slot's place.
  Object.assign(link.style, {display: '', height: '', maxHeight: height + 'px'});
  link.style.maxHeight = `round(down,${height}px,1lh)`; // whole lines, where the browser can tell
  const picture = image && make('img', {alt, loading: 'lazy', onerror: () => picture.remove(), src: image});
  if (picture) picture.style.maxHeight = link.style.maxHeight;
  link.append(...[picture, words].filter(Boolean));
  return true;
};

function addStyle() {
  isStyled = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

function make(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
