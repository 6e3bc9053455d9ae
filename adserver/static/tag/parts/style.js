/*
How ads look in pages that have not linked the site's stylesheet, which has the same rules; `delivery/reserve.py` says why so.
*/
const STYLE = ':where([data-ad-slot]:not([hidden])){display:grid;align-content:center}' +
  ':where(.adserver-ad){position:relative;min-width:0;break-inside:avoid}' +
  ':where(.adserver-label){font:11px/20px system-ui,sans-serif;height:20px;overflow:hidden;white-space:nowrap;' +
  'letter-spacing:.06em;text-align:center;text-overflow:ellipsis;opacity:.7}';

// A content security policy allows this. Safari before 16.4 has it not and shows labels plain.
export default () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
};
